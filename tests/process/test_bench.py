"""ledger-bench measures every phase, on a ledger of its own and on one that runs already. Only
counts are looked at: times are for a quiet machine."""

import json
import pathlib
import subprocess
import tempfile

from fieldledger import BIN, ProcessTest, main, patience

APPENDS = {"A1": 1, "A2": 64, "A2.gather": 64, "A3": 800, "A4": 4000}
REPLAYS = ("R1.pages", "R1.decoded", "R1.unpacked")
STREAMS = ("R2", "R2.c4", "R2.c4.decoded")
BATCHES = [f"{floor}.b{size}" for floor in ("F_sync", "F_lmdb") for size in (1, 100, 1000)]
ROUND_TRIPS = ("echo.c1", "echo.c64", "page1m.c2")
EVENTS = 6000


def bench(*arguments, expect=0):
    completed = subprocess.run(
        [BIN / "ledger-bench", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=patience(100),
    )
    if completed.returncode != expect:
        raise AssertionError(f"status {completed.returncode}\n{completed.stderr}")
    return completed


def run(*arguments):
    done = bench("run", "--json-lines", "-", "--secs", "0.1", "--events", EVENTS, *arguments)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Bench(ProcessTest):
    def setUp(self):
        self.folder = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="fl-", dir="/tmp"))
        )

    def check_ledger(self, rows):
        by_phase = {row["phase"]: row for row in rows}
        self.assertEqual(list(by_phase), [*APPENDS, *REPLAYS, *STREAMS, "S1", "D"])
        for phase, least in APPENDS.items():
            with self.subTest(phase):
                self.assertGreaterEqual(by_phase[phase]["events"], least)
        appended = sum(by_phase[phase]["events"] for phase in APPENDS)
        self.assertGreaterEqual(appended, EVENTS)
        for phase in REPLAYS:
            with self.subTest(phase):
                self.assertEqual(by_phase[phase]["events"], appended)
        for phase in STREAMS:
            with self.subTest(phase):
                self.assertGreater(by_phase[phase]["events"], 0)
        self.assertEqual(by_phase["S1"]["events"], 50)
        self.assertEqual(by_phase["D"]["events"], appended + 50)
        self.assertGreater(by_phase["D"]["bytes_per_event"], 300)
        self.assertGreater(by_phase["D"]["rss_kb"], 0)

    def test_every_phase_over_ipc(self):
        rows = run("--work", self.folder, "--ids", "ordered")
        self.check_ledger([row for row in rows if row["peer"] == "ledger-ipc-ordered"])
        floors = [row for row in rows if row["peer"] == "floor"]
        expected = BATCHES + [f"F_nng.ipc.{name}" for name in ROUND_TRIPS]
        self.assertEqual([row["phase"] for row in floors], expected)
        self.assertTrue(all(row["events"] > 0 for row in floors))
        self.assertEqual(list(self.folder.iterdir()), [], "nothing is left behind")

    def test_every_phase_over_tcp(self):
        phases = "A1,A2,A3,A4,R1,R2,S1,D"
        options = ("--transport", "tcp", "--ids", "random", "--type", "VisitReported")
        self.check_ledger(run("--work", self.folder, "--only", phases, *options))

    def test_a_ledger_that_runs(self):
        ledger = self.ledger()
        urls = [f"ipc://{ledger.data}/run/{name}.sock" for name in ("append", "read")]
        options = ("--append-url", urls[0], "--read-url", urls[1], "--work", self.folder)
        first = run(*options, "--only", "A3,R1", "--ids", "random")
        again = run(*options, "--only", "A1,R1.decoded", "--ids", "ordered")
        self.assertGreaterEqual(again[-1]["events"], first[-1]["events"] + EVENTS)
        self.assertEqual(ledger.head(), again[-1]["events"])

    def test_the_table(self):
        ours = {"peer": "ledger-ipc-random", "phase": "A1", "events_per_s": 3000.0}
        measured = [{**ours, "run": 1}, {**ours, "run": 2, "events_per_s": 1000.0}]
        others = [
            {"peer": "other", "phase": "A1", "events_per_s": 500.0, "note": "x"},
            {"peer": "floor", "phase": "F_sync.b1", "events_per_s": 8000.0},
            {"peer": "other", "phase": "F4.something", "events_per_s": 1.0},
        ]
        files = self.folder / "ours.jsonl", self.folder / "others.jsonl"
        for file, rows in zip(files, (measured, others)):
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        lines = bench("table", *files).stdout.splitlines()
        self.assertEqual(lines[1].split(), ["ledger-ipc-random", "A1", "2000", "3.00", "2"])
        self.assertEqual(
            lines[-1].split(),
            "ledger-ipc-random A1 4.00 x other 0.25 x F_sync.b1".split(),
        )
        self.assertNotIn("F4", "".join(lines))

    def check_growth(self, rows, peer, points):
        rows = {row["phase"]: row for row in rows if row["peer"] == peer}
        parts = ("append", "R2.c4", "D", "start", "killed")
        expected = [f"scale.{part}@{point}" for point in points for part in parts]
        fresh = [f"scale.fresh.{part}@{points[-1]}" for part in ("append", "R2.c4")]
        self.assertEqual(list(rows), expected + fresh)
        before = 0
        for point in points:
            append, read, disk, start, killed = (rows[f"scale.{part}@{point}"] for part in parts)
            for row in (append, read):
                for key in ("events", "events_per_s", "p50_us", "p99_us", "cpu_us", "seconds"):
                    self.assertGreater(row[key], 0, (row["phase"], key))
            self.assertGreaterEqual(disk["events"], point)
            self.assertLess(before + append["events"], disk["events"] + 1)
            self.assertGreater(disk["bytes_per_event"], 300)
            self.assertGreater(disk["own_kb"], 0)
            self.assertGreaterEqual(disk["own_most_kb"], disk["own_kb"])
            self.assertEqual(start["events"], disk["events"], "kept by a clean stop")
            self.assertGreater(killed["events"], start["events"], "kept by kill -9")
            for row in (start, killed):
                self.assertGreater(row["seconds"], 0)
                self.assertNotIn("events_per_s", row)
            before = killed["events"]
        return rows

    def test_a_growing_log(self):
        file = self.folder / "scale.jsonl"
        options = ("--events", 20000, "--points", "10000,20000", "--secs", "0.1")
        # Streams of both kinds of names.
        done = bench(
            *("scale", *options, "--streams", "500,200000", "--ids", "random"),
            *("--json-lines", file, "--work", self.folder, "--", "--disk-reserve", 0),
        )
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        peers = [f"ledger-ipc-random-{streams}-streams" for streams in (500, 200000)]
        self.assertEqual([row["peer"] for row in rows], [peers[0]] * 12 + [peers[1]] * 12)
        self.assertEqual(list(self.folder.iterdir()), [file], "nothing is left behind")
        lines = [line.split() for line in done.stdout.splitlines()]
        last_rates = []
        for peer in peers:
            grown = self.check_growth(rows, peer, (10000, 20000))
            begin = lines.index([peer])
            self.assertEqual(lines[begin + 1][:2], ["events", "append/s"])
            first, last, change, fresh = lines[begin + 2 : begin + 6]
            self.assertEqual([first[0], last[0]], ["10000", "20000"])
            self.assertEqual([change[0], fresh[0]], ["first/last", "fresh/last"])
            self.assertEqual([len(line) for line in (first, last, change, fresh)], [11, 13, 11, 3])
            rates = [grown[f"scale.append@{line[0]}"]["events_per_s"] for line in (first, last)]
            self.assertAlmostEqual(float(first[1]), rates[0], delta=1)
            self.assertAlmostEqual(float(change[1]), rates[0] / rates[1], delta=0.01)
            beside = grown["scale.fresh.append@20000"]["events_per_s"]
            self.assertAlmostEqual(float(last[2]), beside, delta=1)
            self.assertAlmostEqual(float(fresh[1]), beside / rates[1], delta=0.01)
            last_rates.append(rates[1])
        more = lines[lines.index([peers[1]]) + 6]
        self.assertEqual((more[0], len(more)), ("fewer/more", 13))
        self.assertAlmostEqual(float(more[1]), last_rates[0] / last_rates[1], delta=0.01)
        table = bench("table", file).stdout
        self.assertEqual(len(table.splitlines()), len(lines))
        # A file of several runs gives their medians: here those of two that were the same.
        file.write_text(2 * file.read_text())
        self.assertEqual(bench("table", file).stdout, table)

    def test_wrong_use(self):
        for arguments in (
            ("run", "--only", "A9"),
            ("run", "--only", "A1,"),
            ("run", "--secs", "soon"),
            ("run", "--transport", "pigeon"),
            ("run", "--append-url", "ipc:///tmp/none"),
            ("run", "--type", "NoSuchFact", "--only", "F_sync", "--work", self.folder),
            ("scale", "--points", "20000,10000"),
            ("scale", "--points", "10000,", "--events", 20000),
            ("scale", "--events", 20000, "--points", "15000"),
            ("scale", "--streams", 10),
            ("scale", "--streams", "1000,500"),
            ("scale", "--ids", "none"),
            ("table",),
            ("measure",),
        ):
            with self.subTest(arguments):
                bench(*arguments, expect=2)


if __name__ == "__main__":
    main()
