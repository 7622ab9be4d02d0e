"""ledgerd, projections and the importer are killed at random moments of an import. Started again,
and the file imported to its end, the ledger and its read models give the same known answers."""

import os
import random
import signal
import subprocess
import time

import known_open_payments as known
from fieldledger import BIN, PROJECTIONS, SOURCE, ProcessTest, die_with_parent, main, wait_until
from writer import check_ledger

SEED = int(os.environ.get("FIELDLEDGER_SEED", "9"))
ROUNDS = 12
SECONDS = 60  # no new round after so long
IMPORTER = "importer"


class Kill9(ProcessTest):
    def setUp(self):
        print(f"seed {SEED}")
        self.chance = random.Random(SEED)
        self.started = self.ledger(*PROJECTIONS)
        self.importer = None
        self.addCleanup(self.kill_importer)

    def start_importer(self):
        log = self.started.folder / "importer.log"
        with open(log, "ab") as output:
            self.importer = subprocess.Popen(
                [BIN / "ledgerctl", "import", "--data", self.started.data]
                + ["--map", SOURCE / "deploy/maps" / known.MAP, known.FILE],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,
            )

    def kill_importer(self):
        if self.importer is not None:
            self.importer.kill()
            self.importer.wait()
        self.importer = None

    def kill(self, victims):
        for victim in victims:
            if victim == IMPORTER:
                self.kill_importer()
            else:
                self.started.processes[victim].popen.send_signal(signal.SIGKILL)
        killed = [victim for victim in victims if victim != IMPORTER]
        self.started.kill(*killed)
        return killed

    def test_import_under_kills(self):
        """An importer that is left alive outlasts the ledger's absence and goes on."""
        everybody = ["ledgerd", *PROJECTIONS, IMPORTER]
        began = time.monotonic()
        rounds = 0
        while rounds < ROUNDS and time.monotonic() < began + SECONDS:
            rounds += 1
            if self.importer is None or self.importer.poll() is not None:
                self.start_importer()
            enough = self.started.head() + self.chance.randint(1, 4_000)
            self.wait_head(enough)
            victims = self.chance.sample(everybody, self.chance.choice((1, 1, 2, 5)))
            if "ledgerd" not in victims and self.chance.random() < 0.5:
                victims.append("ledgerd")
            self.started.start(*self.kill(victims))
        print(f"{rounds} rounds, {self.started.head()} facts so far")
        self.kill_importer()
        self.finish()

    def wait_head(self, enough):
        """Or until the import is over."""
        wait_until(
            lambda: self.importer.poll() is not None or self.started.head() >= enough,
            f"{enough} facts are there",
        )

    def finish(self):
        check_ledger(self, self.started)
        last = self.started.import_file(known.MAP, known.FILE).json
        self.assertEqual(last["accepted"] + last["duplicate"], known.ROWS)
        records = check_ledger(self, self.started)
        counts = {}
        for record in records:
            counts[record.type] = counts.get(record.type, 0) + 1
        self.assertEqual({**counts, "ImportBatchRecorded": 1}, known.FACTS)
        known.check(self, self.started)
        for name in PROJECTIONS:
            report = self.started.status(name)["projection"]
            self.assertEqual(int(report.get("parked", 0)), 0)


class Lost(ProcessTest):
    """What is derived may be lost altogether."""

    def setUp(self):
        self.started = self.ledger("rep-activity")
        self.started.import_file(known.MAP, known.FILE)
        self.started.wait_followed()

    def remove(self, folder):
        files = [path for path in (self.started.data / folder).rglob("*") if path.is_file()]
        self.assertTrue(files, f"nothing in {folder}")
        for path in files:
            path.unlink()

    def test_the_indexes(self):
        subject = ("--subject", "client/177247")
        before = self.started.read(*subject)
        self.assertTrue(before)
        self.started.kill("ledgerd")
        self.remove("index")
        self.started.start("ledgerd")
        self.assertEqual(self.started.read(*subject), before)
        again = self.started.import_file(known.MAP, known.FILE).json
        self.assertEqual(again["duplicate"], known.ROWS)

    def test_a_read_model(self):
        self.started.kill("rep-activity")
        self.remove("projections/rep-activity")
        self.started.start("rep-activity")
        known.check(self, self.started)


if __name__ == "__main__":
    main()
