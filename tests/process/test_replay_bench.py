"""ledger-bench replay makes a ledger of generated facts and the three main models from it, and asks
them. Only counts are looked at: times are for a quiet machine."""

import collections
import json
import pathlib
import subprocess
import tempfile

from fieldledger import BIN, Ledger, ProcessTest, main, patience

EVENTS = 6000
QUESTIONS = {
    "client-history": ("timeline",),
    "rep-activity": ("day", "month"),
    "sales-funnel": ("deal",),
}
AMENDMENTS = ("FactCorrected", "FactRetracted", "ClientsMerged", "MergeReversed")
OF_DEALS = (
    *("DealOpened", "DealStageChanged", "DealTermsChanged", "DealReassigned", "DealWon"),
    *("DealLost", "DealReopened", "PipelineDefined", "ProductRegistered", "EmployeeHired"),
    *("ClientRegistered", "ClientSegmented", "EnquiryReceived", "RefusalRecorded"),
    *("ObstacleRemoved", "TaskCreated", "TaskRescheduled", "TaskCompleted", "TaskCancelled"),
)


def call(program, *arguments, expect=0):
    completed = subprocess.run(
        [BIN / program, *map(str, arguments)], capture_output=True, text=True, timeout=patience(200)
    )
    if completed.returncode != expect:
        raise AssertionError(f"status {completed.returncode}\n{completed.stderr}")
    return completed.stdout


def generate(*arguments):
    return call("ledger-generate", "--months", 12, "--from", "2024-01-01", *arguments)


def replay(*arguments):
    options = ("--json-lines", "-", "--queries", 20, *arguments)
    lines = call("ledger-bench", "replay", *options, "--", "--disk-reserve", 0).splitlines()
    return {row["phase"]: row for row in map(json.loads, lines)}


class Replay(ProcessTest):
    def setUp(self):
        self.folder = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="fl-", dir="/tmp"))
        )

    def check_rows(self, rows, models, events, types):
        expected = []
        for model in models:
            parts = ("facts", *QUESTIONS[model])
            expected += [f"replay.{model}", *(f"replay.{model}.{part}" for part in parts)]
        self.assertEqual(list(rows), expected)
        for model in models:
            whole, facts = rows[f"replay.{model}"], rows[f"replay.{model}.facts"]
            self.assertEqual(whole["events"], events, "the head was reached")
            for row in (whole, facts):
                for key in ("events_per_s", "seconds", "cpu_us", "bytes_per_event", "own_kb"):
                    self.assertGreater(row[key], 0, (row["phase"], key))
                self.assertGreaterEqual(row["own_most_kb"], row["own_kb"] / 2)
                self.assertIn(" 0 facts set aside", row["note"])
            for question in QUESTIONS[model]:
                row = rows[f"replay.{model}.{question}"]
                self.assertTrue(0 < row["events"] <= 20, row)
                self.assertGreaterEqual(row["p99_us"], row["p50_us"])
                self.assertIn(" 0 answers empty", row["note"])
        if "client-history" in models:
            self.assertEqual(rows["replay.client-history.facts"]["events"], events)
        if "sales-funnel" in models:
            of_deals = sum(types[kind] for kind in (*OF_DEALS, *AMENDMENTS))
            self.assertEqual(rows["replay.sales-funnel.facts"]["events"], of_deals)

    def test_the_ledger_holds_what_is_generated(self):
        ledger = Ledger()
        self.addCleanup(ledger.remove)
        data = ledger.data
        rows = replay("--events", EVENTS, "--seed", 3, "--data", data, "--work", self.folder)
        lines = generate("--events", EVENTS, "--seed", 3).splitlines()
        facts = [json.loads(line) for line in lines]
        self.assertEqual(len(facts), EVENTS)
        types = collections.Counter(fact["type"] for fact in facts)
        self.check_rows(rows, QUESTIONS, EVENTS, types)
        self.assertEqual(list(self.folder.iterdir()), [], "nothing is left behind")
        self.assertEqual(list((data / "projections").iterdir()), [], "models are removed")

        # It is taken as it is, and asked of as before.
        again = replay("--seed", 3, "--data", data, "--models", "sales-funnel,rep-activity")
        self.check_rows(again, ("rep-activity", "sales-funnel"), EVENTS, types)
        for phase, row in again.items():
            self.assertEqual(row["events"], rows[phase]["events"], phase)
        self.enterContext(ledger)
        stored = [json.loads(line) for line in ledger.ctl("read", "--json").stdout.splitlines()]
        self.assertEqual([fact["eventId"] for fact in stored], [fact["eventId"] for fact in facts])

    def test_a_ledger_of_its_own_leaves_nothing(self):
        rows = replay("--events", EVENTS, "--models", "client-history", "--work", self.folder)
        self.check_rows(rows, ("client-history",), EVENTS, {})
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_table(self):
        ours = {"peer": "ledger-ipc", "phase": "replay.sales-funnel", "events_per_s": 3000.0}
        asked = {"peer": "ledger-ipc", "phase": "replay.sales-funnel.deal", "p99_us": 200.0}
        rows = [
            {**ours, "run": 1},
            {**ours, "run": 2, "events_per_s": 1000.0},
            {**ours, "peer": "other", "events_per_s": 500.0},
            asked,
            {**asked, "peer": "other", "p99_us": 300.0},
        ]
        file = self.folder / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        lines = [line.split() for line in call("ledger-bench", "table", file).splitlines()]
        self.assertIn(["ledger-ipc", "sales-funnel", "2000"], lines)
        self.assertIn(["sales-funnel", "4.00", "x", "other"], lines)
        self.assertIn(["sales-funnel.deal", "1.50", "x", "other,", "p99"], lines)

    def test_generated_events(self):
        first = generate("--events", 3000)
        self.assertEqual(len(first.splitlines()), 3000)
        self.assertEqual(generate("--events", 3000), first)
        self.assertNotEqual(generate("--events", 3000, "--seed", 2), first)
        self.assertTrue(generate("--events", 5000).startswith(first), "as many representatives")

    def test_wrong_use(self):
        for program, *arguments in (
            ("ledger-bench", "replay", "--models", "sales"),
            ("ledger-bench", "replay", "--models", "sales-funnel,"),
            ("ledger-bench", "replay", "--events", 10),
            ("ledger-generate", "--events", 1000, "--truth", self.folder / "truth.json"),
            ("ledger-generate", "--events", 1000000000),
        ):
            with self.subTest(arguments):
                call(program, *arguments, expect=2)


if __name__ == "__main__":
    main()
