"""Corrections, retractions and merges in the read models: as known now, and as known before."""

import facts
from fieldledger import ProcessTest, main


class Corrections(ProcessTest):
    def setUp(self):
        self.started = self.ledger("client-history", "rep-activity")
        self.add(facts.client("c-1", "First"))
        self.add(facts.client("c-2", "Second"))
        self.visit = facts.visit("v-1", "c-1", occurred="2026-01-15")
        self.before = self.add(self.visit)

    def add(self, event):
        """Its position. Each fact is a block of its own, with a recorded time of its own."""
        (outcome,) = self.started.append(event).lines
        return int(outcome["positions"][0])

    def scorecard(self, *words):
        rows = self.started.query("rep-activity", "scorecard", *words).table("reps")
        return {row["rep"]: (row["contacts"], row["visits"]) for row in rows if row["visits"]}

    def months(self, *words):
        rows = self.started.query("rep-activity", "months", *words).table("months")
        return {row["month"]: row["contacts"] for row in rows}

    def timeline(self, client, *words):
        answer = self.started.query("client-history", "timeline", "--client", client, *words)
        return answer.table("timeline")

    def visit_line(self, client, *words):
        lines = [row for row in self.timeline(client, *words) if row["position"] == self.before]
        return lines[0] if lines else None

    def clients_reached(self, *words):
        visits = self.started.query("rep-activity", "visits", *words).table("visits")
        return [row["client"] for row in visits]

    def test_another_client(self):
        payload = {"visitId": "v-1", "clientId": "c-2"}
        after = self.add(facts.correction(self.visit, payload))
        self.assertEqual(self.clients_reached(), ["c-2"])
        self.assertEqual(self.clients_reached("--as-of-position", str(self.before)), ["c-1"])
        line = self.visit_line("c-1")
        self.assertEqual(line["status"], f"corrected by #{after}")
        self.assertEqual(line["what"], self.visit["payload"])
        self.assertEqual(line["effective"], payload)
        earlier = self.visit_line("c-1", "--as-of-position", str(self.before))
        self.assertEqual((earlier["status"], earlier["effective"]), ("as recorded", None))

    def test_another_day(self):
        self.add(facts.correction(self.visit, new_occurred="2026-02-20"))
        self.assertEqual(self.months(), {"2026-02": 1})
        self.assertEqual(self.months("--as-of-position", str(self.before)), {"2026-01": 1})
        self.assertEqual(self.scorecard("--as-of-occurred", "2026-01-31"), {})
        self.assertEqual(self.scorecard("--as-of-occurred", "2026-02-20"), {"rep-1": (1, 1)})
        at_first = ("--as-of-occurred", "2026-01-31", "--as-of-position", str(self.before))
        self.assertEqual(self.scorecard(*at_first), {"rep-1": (1, 1)})

    def test_a_retraction(self):
        after = self.add(facts.retraction(self.visit))
        self.assertEqual(self.scorecard(), {})
        self.assertEqual(self.scorecard("--as-of-position", str(self.before)), {"rep-1": (1, 1)})
        self.assertEqual(self.visit_line("c-1")["status"], f"retracted by #{after}")

    def test_a_correction_taken_back(self):
        correction = facts.correction(self.visit, {"visitId": "v-1", "clientId": "c-2"})
        corrected = self.add(correction)
        taken_back = self.add(facts.retraction(correction))
        self.assertEqual(self.clients_reached(), ["c-1"])
        self.assertEqual(self.clients_reached("--as-of-position", str(corrected)), ["c-2"])
        line = {row["position"]: row["status"] for row in self.timeline("c-1")}
        self.assertEqual(line[self.before], "as recorded")
        self.assertEqual(line[corrected], f"correction of #{self.before}, not in force")
        self.assertEqual(line[taken_back], f"retraction of #{corrected}")

    def test_the_last_correction_counts(self):
        first = facts.correction(self.visit, new_occurred="2026-02-01")
        second = facts.correction(self.visit, new_occurred="2026-03-01")
        at_first, at_second = self.add(first), self.add(second)
        self.assertEqual(self.months(), {"2026-03": 1})
        self.assertEqual(self.months("--as-of-position", str(at_first)), {"2026-02": 1})
        self.add(facts.retraction(second))
        self.assertEqual(self.months(), {"2026-02": 1})
        self.assertEqual(self.months("--as-of-position", str(at_second)), {"2026-03": 1})

    def test_a_retraction_taken_back(self):
        retraction = facts.retraction(self.visit)
        self.add(retraction)
        self.assertEqual(self.scorecard(), {})
        self.add(facts.retraction(retraction))
        self.assertEqual(self.scorecard(), {"rep-1": (1, 1)})

    def test_a_correction_of_nothing_is_kept_and_changes_nothing(self):
        stranger = facts.visit("v-9", "c-1")
        self.add(facts.correction(stranger, {"visitId": "v-9", "clientId": "c-2"}))
        self.assertEqual(self.scorecard(), {"rep-1": (1, 1)})
        last = self.timeline("c-1")[-1]
        self.assertEqual(last["status"], "correction of an unknown fact")

    def test_as_of_a_recorded_time(self):
        self.add(facts.retraction(self.visit))
        recorded = {int(one["position"]): one["recordedAt"] for one in self.started.read()}
        answer = self.ask_recorded(recorded[self.before])
        self.assertEqual(answer.document["position"], self.before)
        self.assertEqual(answer.row("totals")["visits"], 1)
        self.assertTrue(answer.document["settled"])
        answer = self.ask_recorded(recorded[self.before + 1])
        self.assertEqual(answer.document["position"], self.before + 1)
        self.assertEqual(answer.row("totals")["visits"], 0)

    def test_as_of_a_time_still_to_come(self):
        answer = self.ask_recorded("2999-12-31")
        self.assertFalse(answer.document["settled"])
        self.assertEqual(answer.document["position"], self.before)

    def test_as_of_a_time_before_everything(self):
        answer = self.ask_recorded("2001-01-01")
        self.assertEqual(answer.document["position"], 0)
        self.assertEqual(answer.table("reps"), [])

    def test_as_of_a_recorded_second(self):
        """As tables print it: without a fraction, the whole of that second."""
        recorded = {int(one["position"]): one["recordedAt"] for one in self.started.read()}
        second = recorded[self.before][: len("2026-01-01T00:00:00")]
        for time in (second + "Z", second.replace("T", " "), second.replace("T", " ") + "+00:00"):
            with self.subTest(time):
                self.assertGreaterEqual(self.ask_recorded(time).document["position"], self.before)

    def test_a_position_the_ledger_has_not(self):
        for words in (["--as-of-position", "1,099"], ["--as-of-position", "99"]):
            outcome = self.started.ctl(
                "query", "--json", "rep-activity", "scorecard", *words, expect=75
            )
            self.assertEqual(outcome.error["code"], "catching_up")
            self.assertIn(f"the ledger ends at {self.before}", outcome.error["message"])

    def ask_recorded(self, time):
        return self.started.query("rep-activity", "scorecard", "--as-of-recorded", time)

    def test_the_same_question_has_the_same_answer_for_ever(self):
        words = ("scorecard", "--as-of-position", str(self.before), "--now", "2026-06-01")
        first = self.started.query("rep-activity", *words).document
        self.add(facts.retraction(self.visit))
        self.started.stop("rep-activity")
        self.started.start("rep-activity")
        self.assertEqual(self.started.query("rep-activity", *words).document, first)


class Merges(ProcessTest):
    def setUp(self):
        self.started = self.ledger("client-history", "rep-activity")
        self.events = [
            facts.client("c-1", "One"),
            facts.client("c-2", "The same one"),
            facts.visit("v-1", "c-1", occurred="2026-01-15"),
            facts.visit("v-2", "c-2", occurred="2026-01-15"),
            facts.visit("v-3", "c-2", occurred="2026-01-16"),
        ]
        self.started.append(*self.events)

    def figures(self, *words):
        row = self.started.query("rep-activity", "scorecard", *words).row("totals")
        return tuple(row[name] for name in ("contacts", "visits", "clients_reached", "universe"))

    def history(self, client, *words):
        answer = self.started.query("client-history", "timeline", "--client", client, *words)
        return [row["position"] for row in answer.table("timeline")]

    def test_merged_and_parted_again(self):
        self.assertEqual(self.figures(), (3, 3, 2, 2))
        merge = facts.merge("c-1", "c-2")
        self.started.append(merge)
        with self.subTest("two visits of one day are one contact"):
            self.assertEqual(self.figures(), (2, 3, 1, 1))
            self.assertEqual(self.figures("--as-of-position", "5"), (3, 3, 2, 2))
        with self.subTest("one history, under either id"):
            self.assertEqual(self.history("c-1"), [1, 2, 3, 4, 5, 6])
            self.assertEqual(self.history("c-2"), [1, 2, 3, 4, 5, 6])
            self.assertEqual(self.history("c-1", "--as-of-position", "5"), [1, 3])
        self.started.append(facts.merge_reversed(merge))
        with self.subTest("parted again"):
            self.assertEqual(self.figures(), (3, 3, 2, 2))
            self.assertEqual(self.history("c-1"), [1, 3, 6, 7])
            self.assertEqual(self.history("c-2"), [2, 4, 5, 6, 7])
            self.assertEqual(self.figures("--as-of-position", "6"), (2, 3, 1, 1))

    def test_a_circle_is_ignored(self):
        self.started.append(facts.merge("c-1", "c-2"), facts.merge("c-2", "c-1"))
        self.assertEqual(self.figures(), (2, 3, 1, 1))
        answer = self.started.query("client-history", "timeline", "--client", "c-2")
        (note,) = [one for one in answer.notes if "is ignored" in one]
        self.assertIn("merge of c-1 into c-2 at position 7", note)

    def test_merges_that_cannot_be_are_set_aside(self):
        merge = facts.merge("c-1", "c-2")
        unknown = facts.merge("c-1", "c-2")
        nothing = facts.merge("c-1", "c-1")
        for event in (
            nothing,
            facts.merge_reversed(unknown),
            merge,
            facts.merge_reversed(merge),
            facts.merge_reversed(merge),
        ):
            self.started.append(event)
        self.assertEqual(self.figures(), (3, 3, 2, 2))
        for projection in self.started.projections:
            rows = self.started.query(projection, "parked").table("parked")
            self.assertEqual([row["position"] for row in rows], [6, 7, 10])
            for row, words in zip(rows, ("into itself", "no ClientsMerged", "already")):
                self.assertIn(words, row["reason"])

    def test_the_reversal_stands_with_both_clients(self):
        merge = facts.merge("c-1", "c-2")
        reversal = facts.merge_reversed(merge)
        reversal["payload"] = {"mergeEventId": merge["eventId"]}
        reversal["subjects"] = reversal["subjects"][:1]
        self.started.append(merge)
        self.started.append(reversal)
        self.assertEqual(self.history("c-1")[-1], 7)
        self.assertEqual(self.history("c-2")[-1], 7)

    def test_filters_of_the_log_stay_as_they_were(self):
        self.started.append(facts.merge("c-1", "c-2"))
        positions = [int(one["position"]) for one in self.started.read("--subject", "client/c-2")]
        self.assertEqual(positions, [2, 4, 5, 6])


if __name__ == "__main__":
    main()
