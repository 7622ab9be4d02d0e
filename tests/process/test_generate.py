"""A generated field force through the real programs: what was planted in it is what the read models
find."""

import json
import pathlib
import subprocess
import tempfile

from fieldledger import BIN, Ledger, ProcessTest, main, patience

READ_MODELS = (
    "rep-activity",
    "field-route",
    "sales-funnel",
    "trade",
    "agenda",
    "directory",
    "audit-trail",
)
OPTIONS = ("--reps", "5", "--months", "3", "--from", "2026-01-01")
LAST_DAY = "2026-03-31"
RULES = (
    "too_short",
    "too_far",
    "overlapping",
    "impossible_speed",
    "mock_location",
    "back_dated",
)


def generate(folder, seed):
    """The facts as bytes, and the truth's bytes."""
    truth = pathlib.Path(folder) / f"truth-{seed}.json"
    facts = subprocess.run(
        [BIN / "ledger-generate", "--seed", str(seed), *OPTIONS, "--truth", truth],
        check=True,
        capture_output=True,
        timeout=patience(60),
    ).stdout
    return facts, truth.read_bytes()


def sizes(lists):
    return {key: len(items) for key, items in lists.items()}


class Generator(ProcessTest):
    """The program by itself."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="fl-", dir="/tmp"))

    def test_same_seed_gives_the_same_bytes(self):
        facts, truth = generate(self.folder, 7)
        self.assertEqual(generate(self.folder, 7), (facts, truth))
        other_facts, other_truth = generate(self.folder, 8)
        self.assertNotEqual(other_facts, facts)
        self.assertNotEqual(other_truth, truth)

    def test_facts_come_as_they_were_recorded(self):
        lines = [json.loads(line) for line in generate(self.folder, 7)[0].splitlines()]
        recorded = [line["source"]["recordedAt"] for line in lines]
        self.assertEqual(recorded, sorted(recorded))
        self.assertEqual({line["source"]["system"] for line in lines}, {"generated"})
        self.assertEqual(len({line["eventId"] for line in lines}), len(lines))
        # None was stated and then left out.
        numbers = sorted(int(line["source"]["recordId"]) for line in lines)
        self.assertEqual(numbers, list(range(1, len(lines) + 1)))

    def test_names_of_people_are_in_personal_parts(self):
        for line in generate(self.folder, 7)[0].splitlines():
            fact = json.loads(line)
            payload = fact["payload"]
            person = fact["type"] in ("EmployeeHired", "ContactPersonSet") or (
                fact["type"] == "ClientRegistered" and payload["kind"] == "HCP"
            )
            if person:
                self.assertNotIn("name", payload)
                self.assertTrue(fact["personal"][0]["values"]["name"])

    def test_wrong_options(self):
        for words in (
            ("--reps", "3"),
            ("--from", "yesterday"),
            ("--from", "1909-12-31"),
            ("--from", "9001-01-01"),
            ("--months", "x"),
            ("--unknown", "1"),
            ("word",),
        ):
            outcome = subprocess.run(
                [BIN / "ledger-generate", *words],
                capture_output=True,
                timeout=patience(60),
                check=False,
            )
            self.assertEqual((outcome.returncode, outcome.stdout), (2, b""), words)
            self.assertIn(b"ledger-generate: ", outcome.stderr)

    def test_truth_that_cannot_be_written(self):
        outcome = subprocess.run(
            [BIN / "ledger-generate", *OPTIONS, "--truth", pathlib.Path(self.folder) / "no" / "x"],
            capture_output=True,
            timeout=patience(60),
            check=False,
        )
        self.assertEqual((outcome.returncode, outcome.stdout), (74, b""))


class Planted(ProcessTest):
    """What was planted, and what each read model answers on the last day."""

    @classmethod
    def setUpClass(cls):
        cls.ledger_up = cls.enterClassContext(Ledger(*READ_MODELS))
        facts, truth = generate(cls.ledger_up.folder, 1)
        cls.truth = json.loads(truth)
        cls.ledger_up.ctl("append", input=facts)
        cls.ledger_up.wait_followed()

    def ask(self, projection, query, *more):
        return self.ledger_up.query(
            projection, query, "--now", self.truth["last_day"], *more, follow=False
        )

    def test_every_fact_is_in_the_ledger_and_none_is_parked(self):
        self.assertEqual(self.truth["last_day"], LAST_DAY)
        self.assertEqual(self.ledger_up.head(), self.truth["facts"])
        for name in READ_MODELS:
            self.assertEqual(self.ask(name, "parked").table("parked"), [], name)

    # ---- visits

    def test_visits_by_representative(self):
        rows = self.ask("rep-activity", "scorecard").table("reps")
        self.assertEqual({row["rep"]: row["visits"] for row in rows}, self.truth["visits_by_rep"])

    def test_visits_called_off(self):
        totals = self.ask("rep-activity", "register").row("totals")
        called_off = self.truth["visits_called_off"]
        self.assertEqual(totals["cancelled"], called_off["cancelled"])
        self.assertEqual(totals["not_held"], called_off["not_held"])
        self.assertEqual(totals["held"], sum(self.truth["visits_by_rep"].values()))
        # A visit whose report was taken back is planned again.
        self.assertEqual(totals["open"], len(self.truth["visits_retracted"]))
        self.assertEqual(totals["contradictions"], 0)

    def test_flagged_visits_by_rule(self):
        answer = self.ask("field-route", "verification", "--flagged", "yes")
        found = {}
        for row in answer.table("flagged"):
            found.setdefault(row["rule"], []).append(row["visit"])
        planted = self.truth["visits_flagged"]
        self.assertEqual(set(planted), set(RULES))
        self.assertEqual(
            {rule: sorted(visits) for rule, visits in found.items()},
            {rule: sorted(visits) for rule, visits in planted.items()},
        )
        flagged = {visit for visits in planted.values() for visit in visits}
        totals = answer.row("totals")
        self.assertEqual(totals["flagged"], len(flagged))
        self.assertEqual(totals["verified"], totals["reported"] - len(flagged))

    def test_late_visits_by_month(self):
        late = self.truth["visits_late"]
        self.assertEqual(set(late), {"2026-01", "2026-02"})
        for month, last in (("2026-01", "31"), ("2026-02", "28")):
            answer = self.ask(
                "audit-trail",
                "late",
                *("--from", f"{month}-01", "--to", f"{month}-{last}"),
                *("--known", str(self.truth["facts_by_month_end"][month])),
                *("--type", "VisitReported"),
            )
            added = [
                row["objects"].split(",")[0].removeprefix("visit/")
                for row in answer.table("differences")
                if row["difference"] == "added"
            ]
            self.assertEqual(sorted(added), sorted(late[month]), month)

    def test_joint_visits(self):
        rows = self.ask("rep-activity", "joint").table("reps")
        by_both, by_one = self.truth["joint_by_both"], self.truth["joint_by_one"]
        self.assertTrue(by_both and by_one)
        self.assertEqual(sum(row["by_both"] for row in rows), len(by_both))
        self.assertEqual(sum(row["by_one"] for row in rows), len(by_one))

    def test_corrections_and_retractions(self):
        rows = self.ask("audit-trail", "corrections").table("actors")
        planted = self.truth["visits_corrected"], self.truth["visits_retracted"]
        self.assertTrue(all(planted))
        self.assertEqual(sum(row["corrections"] for row in rows), len(planted[0]))
        self.assertEqual(sum(row["retractions"] for row in rows), len(planted[1]))

    # ---- clients and people

    def test_duplicates(self):
        truth = self.truth
        totals = self.ask("directory", "clients").row("totals")
        merged = truth["duplicates_merged"]
        self.assertEqual(totals["merged"], len(merged))
        for survivor, ids in merged.items():
            tree = self.ask("directory", "lineage", "--client", ids[0]).table("tree")
            self.assertEqual([row["id"] for row in tree], [survivor, *ids])
        for survivor, ids in truth["duplicates_unmerged"].items():
            answer = self.ask("directory", "lineage", "--client", survivor)
            self.assertEqual([row["id"] for row in answer.table("tree")], [survivor])
            self.assertEqual([row["merged"] for row in answer.table("merges")], ids)
        unmerged = [one for ids in truth["duplicates_unmerged"].values() for one in ids]
        self.assertTrue(merged and unmerged)
        waiting = self.ask("directory", "duplicates").table("duplicates")
        self.assertEqual(
            sorted(row["a"] for row in waiting), sorted(truth["duplicates_open"] + unmerged)
        )

    def test_handovers(self):
        self.assertEqual(len(self.truth["leavers"]), 2)
        for leaver in self.truth["leavers"]:
            answer = self.ask("directory", "handover", "--employee", leaver)
            for outcome, fate in (("moved", "moved"), ("still held", "left")):
                for kind in ("client", "deal", "task"):
                    planted = self.truth.get(f"handover_{fate}_{kind}", {}).get(leaver, [])
                    found = [
                        row["id"]
                        for row in answer.table("items")
                        if row["outcome"] == outcome and row["kind"] == kind
                    ]
                    self.assertEqual(sorted(found), sorted(planted), (leaver, outcome, kind))
            (whole,) = [row for row in answer.table("handover") if row["kind"] == "all"]
            self.assertEqual(whole["held"], whole["moved"] + whole["left"])
        complete, incomplete = self.truth["leavers"]
        self.assertNotIn(complete, self.truth["handover_left_client"])
        self.assertTrue(self.truth["handover_left_client"][incomplete])

    def test_orphans_are_what_handovers_left(self):
        left = [
            item
            for kind in ("client", "deal", "task")
            for items in self.truth.get(f"handover_left_{kind}", {}).values()
            for item in items
        ]
        orphans = self.ask("directory", "orphans").table("orphans")
        self.assertEqual(sorted(row["id"] for row in orphans), sorted(left))

    # ---- deals

    def test_deals_by_outcome(self):
        deals = self.ask("sales-funnel", "summary").row("deals")
        planted = sizes(self.truth["deals"])
        self.assertEqual(set(planted), {"open", "won", "lost"})
        self.assertEqual({key: deals[key] for key in planted}, planted)
        self.assertEqual(self.ask("sales-funnel", "contradictions").table("contradictions"), [])

    def test_won_value(self):
        value = self.ask("sales-funnel", "summary").row("value")
        self.assertEqual(
            value["won_value"], {"minor": self.truth["won_minor"], "currency": "EUR"}
        )

    def test_reopened_and_moved_backwards(self):
        period = ("--from", self.truth["first_day"], "--to", LAST_DAY)
        answer = self.ask("sales-funnel", "flow", *period)
        reopened, back = self.truth["deals_reopened"], self.truth["deal_moves_back_to"]
        self.assertTrue(reopened and back["contact"])
        self.assertEqual(answer.row("deals")["reopened"], len(reopened))
        # Into the first stage nothing comes again but what is moved back to it.
        (first,) = [row for row in answer.table("stages") if row["stage"] == "contact"]
        self.assertEqual(first["reentries"], len(back["contact"]))
        self.assertEqual(first["entries"], answer.row("deals")["opened"] + len(back["contact"]))

    # ---- orders and money

    def test_overdue_orders(self):
        rows = self.ask("trade", "rhythm").table("overdue")
        planted = self.truth["orders_overdue"]
        self.assertTrue(planted)
        self.assertEqual(sorted(row["client"] for row in rows), sorted(planted))

    def test_orders_by_client(self):
        rows = self.ask("trade", "rhythm").table("clients")
        self.assertEqual(
            {row["client"]: row["orders"] for row in rows}, self.truth["orders_by_client"]
        )

    def test_late_invoices_and_what_is_owed(self):
        answer = self.ask("trade", "receivables", "--from", self.truth["first_day"])
        figures, ages = answer.row("figures"), answer.row("ageing")
        self.assertEqual(figures["late"], len(self.truth["invoices_late"]))
        self.assertEqual(figures["open_end"]["minor"], self.truth["owed_minor"])
        overdue = [ages[key]["minor"] for key in ages if key.startswith("overdue_")]
        self.assertEqual(sum(overdue), self.truth["overdue_minor"])
        self.assertEqual(answer.table("contradictions"), [])

    def test_an_overdue_invoice(self):
        invoices = self.truth["invoices_overdue"]
        self.assertTrue(invoices and set(invoices) <= set(self.truth["invoices_late"]))
        invoice = self.ask("trade", "invoice", "--invoice", invoices[0]).row("invoice")
        self.assertGreater(invoice["balance"]["minor"], 0)
        self.assertGreater(invoice["days_late"], 0)

    # ---- tasks

    def test_overdue_tasks(self):
        rows = self.ask("agenda", "tasks", "--overdue", "yes").table("tasks")
        self.assertTrue(rows)
        self.assertEqual(sorted(row["task"] for row in rows), sorted(self.truth["tasks_overdue"]))

    def test_tasks_by_state_and_slips(self):
        totals = self.ask("agenda", "discipline").row("totals")
        planted = sizes(self.truth["tasks"])
        self.assertEqual({key: totals[key] for key in planted}, planted)
        self.assertEqual(totals["slips"], len(self.truth["tasks_put_off"]))


if __name__ == "__main__":
    main()
