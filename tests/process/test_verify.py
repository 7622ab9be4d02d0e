"""`ledgerctl verify`: a sound ledger passes, and no damage goes by unseen.

Bits are flipped in the files of a ledger that is stopped. Where a flip hits a block's bytes, verify
must name a position of that block; where it hits anything else, verify either names a fault or the
flip changed nothing that a reader can see, which is looked up: all facts read back the same.
"""

import collections
import os
import random
import shutil
import struct
import subprocess
import threading

import facts
from fieldledger import BIN, SOURCE, Ledger, ProcessTest, main, patience, running
from wire import ask, field

TREE_EVENTS = 4096  # what the stored tree may be behind the log
SAMPLE = SOURCE / "deploy" / "samples" / "open-payments-2013"
EXIT_CORRUPT = 74
VERIFY = 20  # of Request and Reply
SEED = 20130801
FLIPS = int(os.environ.get("FIELDLEDGER_FLIPS", "25"))  # in each place
SIZES = (1, 1, 2, 3, 5, 8, 60, 1, 150, 4, 1, 90, 2, 1)  # of blocks, in facts
BLOCK_HEADER = struct.Struct("<4sHHQQII")  # magic, format, flags, epoch, first, count, body size


class Offline(Ledger):
    """The same calls on a data folder that nobody runs yet."""

    def __init__(self, data):
        super().__init__()
        shutil.copytree(data, self.data, ignore=shutil.ignore_patterns("run"))

    def __enter__(self):
        running.append(self)
        return self


def verify(ledger, *arguments, expect=0):
    return ledger.ctl("verify", "--json", *arguments, expect=expect)


def fault(outcome):
    """What verify found; {} if it ended before it could tell (an error says why)."""
    return next((line["fault"] for line in outcome.lines if "fault" in line), {})


def blocks_in(data):
    """(offset, size, first position, last position) of whatever looks like a block."""
    found, at = [], data.find(b"FLB0")
    while at >= 0:
        head = data[at : at + BLOCK_HEADER.size]
        if len(head) == BLOCK_HEADER.size:
            _, form, flags, _, first, count, body = BLOCK_HEADER.unpack(head)
            size = 112 + body + 4 * count
            if form == flags == 0 and count and at + size <= len(data):
                found.append((at, size, first, first + count - 1))
        at = data.find(b"FLB0", at + 1)
    return found


def flip(path, offset, bit):
    with open(path, "r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))


def fill(ledger):
    """Some hundred facts in blocks small and large, of a few streams; all folded when it stops."""
    number = 0
    for size in SIZES:
        events = []
        for _ in range(size):
            number += 1
            events.append(
                facts.visit(
                    f"v-{number % 40}",
                    f"c-{number % 7}",
                    actor=f"rep-{number % 3}",
                    payload={"agreements": "x" * (number % 90)},
                )
            )
        ledger.append(*events, arguments=["--atomic"])


class Sound(ProcessTest):
    def test_a_real_sample_online_and_offline(self):
        ledger = self.ledger()
        ledger.import_file("open-payments.yaml", SAMPLE / "general_payments.csv.gz")
        status = ledger.status()
        report = verify(ledger).json
        self.assertEqual(report["position"], status["head"])
        self.assertEqual(report["rootHash"], status["ledger"]["rootHash"])
        self.assertEqual(report["blocks"], status["ledger"]["blocks"])
        self.assertFalse(report["offline"])
        self.assertNotIn("resume", report)
        self.assertIn("as it was written", ledger.ctl("verify").stdout)
        self.assertEqual(verify(ledger, "--offline", expect=75).error["code"], "locked")
        ledger.stop("ledgerd")
        before = contents(ledger.data)
        offline = verify(ledger).json
        self.assertTrue(offline["offline"])
        self.assertEqual(offline["rootHash"], report["rootHash"])
        # Stopped, everything is indexed: each event's id and terms were looked up, and the terms
        # counted again.
        self.assertEqual(offline["indexedTo"], report["position"])
        self.assertEqual(
            int(offline["indexEntries"]), int(offline["indexCounted"]) + int(offline["position"])
        )
        log_only = verify(ledger, "--log-only").json
        self.assertEqual(log_only["rootHash"], report["rootHash"])
        self.assertEqual(log_only["indexEntries"], "0")
        self.assertEqual(contents(ledger.data), before)

    def test_nothing_is_there(self):
        ledger = self.ledger()
        self.assertEqual(verify(ledger).json["position"], "0")
        ledger.stop("ledgerd")
        self.assertEqual(verify(ledger).json["position"], "0")
        shutil.rmtree(ledger.data / "log")
        self.assertEqual(verify(ledger, expect=66).error["code"], "no_input")

    def test_beside_appends(self):
        ledger = self.ledger()
        ledger.append(*(facts.visit(f"v-{i % 50}", "c-1") for i in range(3000)))
        stop = threading.Event()

        def write():
            while not stop.is_set():
                ledger.append(*(facts.visit(f"v-{i}", "c-1") for i in range(50)))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            heads = [int(verify(ledger).json["position"]) for _ in range(6)]
        finally:
            stop.set()
            writer.join()
        self.assertEqual(heads, sorted(heads))
        self.assertGreater(ledger.head(), heads[0])
        self.assertEqual(int(verify(ledger).json["position"]), ledger.head())

    def test_two_at_a_time(self):
        ledger = self.ledger()
        ledger.append(*(facts.visit(f"v-{i % 50}", "c-1") for i in range(3000)))
        command = [BIN / "ledgerctl", "verify", "--data", ledger.data]
        runs = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(3)
        ]
        for run in runs:
            output, problem = run.communicate(timeout=patience(60))
            self.assertEqual(run.returncode, 0, problem)
            self.assertIn(b"as it was written", output)


def contents(folder):
    """Of what is stored; LMDB's table of readers is its own."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock.mdb"
    }


class Flips(ProcessTest):
    @classmethod
    def setUpClass(cls):
        ledger = cls.enterClassContext(Ledger())
        fill(ledger)
        cls.facts = ledger.read()
        ledger.stop("ledgerd")
        cls.source = ledger.data
        cls.log = (ledger.data / "log" / "data.mdb").read_bytes()
        cls.index = (ledger.data / "index" / "data.mdb").read_bytes()
        cls.blocks = blocks_in(cls.log)

    def damaged(self, environment, offset, bit):
        copy = self.enterContext(Offline(self.source))
        flip(copy.data / environment / "data.mdb", offset, bit)
        return copy

    def assert_harmless(self, copy):
        """All facts are there as they were, by position and by each kind of filter."""
        copy.start("ledgerd")
        self.assertEqual(copy.read(), self.facts)
        for option, of in (
            ("--actor", lambda fact: fact["actor"]),
            ("--stream", lambda fact: fact["stream"]),
            ("--subject", lambda fact: "client/" + fact["subjects"][1]["id"]),
            ("--type", lambda fact: fact["type"]),
        ):
            for value in sorted({of(fact) for fact in self.facts})[:8]:
                expected = [fact for fact in self.facts if of(fact) == value]
                self.assertEqual(copy.read(option, value), expected, (option, value))
        copy.kill("ledgerd")

    def test_in_the_bytes_of_blocks(self):
        """Found, and at its block. Small blocks move from page to page: of such a one the old
        copies are still in the file, and nobody reads them."""
        pick = random.Random(SEED)
        copies = collections.Counter((first, last) for _, _, first, last in self.blocks)
        self.assertEqual(len(copies), len(SIZES))
        for number in range(FLIPS):
            at, size, first, last = pick.choice(self.blocks)
            offset, bit = at + pick.randrange(size), pick.randrange(8)
            with self.subTest(number=number, offset=offset, bit=bit, block=(first, last)):
                copy = self.damaged("log", offset, bit)
                outcome = verify(copy, expect=None)
                if outcome.status == 0 and copies[first, last] > 1:
                    self.assert_harmless(copy)
                    continue
                self.assertEqual(outcome.status, EXIT_CORRUPT, outcome)
                self.assertTrue(first <= int(fault(outcome)["position"]) <= last, outcome)

    def check_anywhere(self, environment, data, tries=FLIPS):
        """As many flips as FLIPS; more, up to `tries`, while none was found. Returns the found."""
        pick = random.Random(SEED + len(environment))
        found = 0
        for number in range(tries):
            if number >= FLIPS and found:
                break
            offset, bit = pick.randrange(len(data)), pick.randrange(8)
            with self.subTest(number=number, offset=offset, bit=bit):
                copy = self.damaged(environment, offset, bit)
                outcome = verify(copy, expect=None)
                if outcome.status == 0:
                    self.assert_harmless(copy)
                else:
                    self.assertEqual(outcome.status, EXIT_CORRUPT, outcome)
                    self.assertTrue(fault(outcome) or outcome.error, outcome)
                    found += 1
        return found

    def test_anywhere_in_the_log(self):
        self.check_anywhere("log", self.log)

    def test_anywhere_in_the_indexes(self):
        """Much of the file is pages that nobody reads any more: the more folds, the more of it."""
        self.assertGreater(self.check_anywhere("index", self.index, tries=10 * FLIPS), 0)

    def test_bytes_of_a_fact_while_the_service_runs(self):
        """The end of the log is looked at when it is opened, so the damage is before that."""
        ledger = self.ledger()
        fill(ledger)
        filled = int(ledger.status()["head"])
        ledger.append(*(facts.client(f"c-more-{number}") for number in range(2 * TREE_EVENTS)))
        ledger.stop("ledgerd")
        file = ledger.data / "log" / "data.mdb"
        early = [block for block in blocks_in(file.read_bytes()) if block[3] <= filled]
        at, size, first, last = max(early, key=lambda block: block[1])
        flip(file, at + size // 2, 3)
        ledger.start("ledgerd")
        outcome = verify(ledger, expect=EXIT_CORRUPT)
        self.assertEqual(fault(outcome)["where"], "block")
        self.assertEqual(int(fault(outcome)["position"]), first)
        self.assertEqual(int(outcome.lines[0]["position"]), first - 1)
        self.assertEqual(outcome.error["code"], "corrupt")
        ledger.append(facts.client("c-new"))  # it goes on serving


class Tokens(ProcessTest):
    """What is handed back to go on with is looked at (the unit tests forge more of them)."""

    def test_refused(self):
        ledger = self.ledger()
        ledger.append(facts.client("c-1"))
        socket = ledger.data / "run" / "read.sock"
        for resume in (b"x", b"\x01" + bytes(400), os.urandom(64), os.urandom(5000)):
            self.assertIn(b"invalid_value", ask(socket, field(VERIFY, field(1, resume))))
        for max_ms in (0, 5001):
            self.assertIn(b"max_ms", ask(socket, field(VERIFY, field(2, max_ms))))
        self.assertEqual(verify(ledger).json["position"], "1")


if __name__ == "__main__":
    main()
