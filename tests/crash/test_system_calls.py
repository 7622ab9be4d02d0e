"""ledgerd is killed at each system call of a commit and of a fold, as strace recorded them before;
and each write and sync fails once. What was acknowledged is there when it starts again."""

import shutil
import signal

from faults import FaultTest
from fieldledger import main, patience, wait_until
from tracing import Tracer, count_calls, kill_at, need_tracing
from wire import Peer, ask, field, fields
from writer import READ, STATUS, Sent, Writer, packed_event

WRITES = ("pwrite64", "pwritev", "writev", "write", "fdatasync", "fsync", "msync", "ftruncate")
JOURNAL, LOG, INDEX, OTHERS = "journal", "log", "index", "others"
NEW_JOURNAL = "journal that is made"
RECORDINGS = 3  # what is in each of them belongs to the commit, and not to something beside it
PATIENT_APPENDS = 20  # a call of a thread that does not write each block comes up in one of so many


class Paced(Writer):
    """A writer without a thread: one append at a time, small, of several events, or so large that
    it does not go through the journal."""

    KINDS = ((300,), (100, 0, 300, 16, 700), (20_000,), (40_000, 40_000))

    def next(self):
        sizes = self.KINDS[len(self.sent) % len(self.KINDS)]
        streams = (f"ext/{self.name}", "ext/shared")
        return Sent(
            tuple(
                packed_event(streams[at % 2], self.name, self.chance.randbytes(size))
                for at, size in enumerate(sizes)
            )
        )


class SystemCallTest(FaultTest):
    @classmethod
    def setUpClass(cls):
        need_tracing()

    def setUp(self):
        self.started = self.ledger()
        self.writer = Paced(self.started.data / "run" / "append.sock", "writer")
        self.files = {
            JOURNAL: self.started.data / "log" / "journal",
            LOG: self.started.data / "log" / "data.mdb",
            INDEX: self.started.data / "index" / "data.mdb",
            NEW_JOURNAL: self.started.data / "log" / "journal.new",
            OTHERS: None,
        }
        with self.connect() as peer:
            for _ in range(2 * len(Paced.KINDS)):
                self.assertTrue(self.writer.write_one(peer))
        self.wait_folded()

    @property
    def ledgerd(self):
        return self.started.processes["ledgerd"]

    def connect(self):
        peer = Peer(self.writer.path, seconds=30)
        peer.greet()
        return peer

    def trace(self, *injections, only=None):
        return Tracer(
            self.ledgerd, self.started.folder / "strace.log", *injections, only=self.files.get(only)
        )

    def is_folded(self):
        status = fields(ask(self.started.data / "run" / "read.sock", field(STATUS, b"")))[STATUS]
        status = fields(status[0])
        return fields(status[10][0]).get(2, [0])[0] == status.get(6, [0])[0]

    def wait_folded(self):
        wait_until(self.is_folded, "the indexes have caught up")

    def record(self):
        """{place: {name: count}} of an append and the fold after it."""
        found = {}
        for turn in range(RECORDINGS):
            for _ in Paced.KINDS:
                with self.connect() as peer, self.trace() as tracer:
                    self.assertTrue(self.writer.write_one(peer))
                    wait_until(
                        lambda: is_committed(tracer.calls(), self.files[INDEX]), "it is folded"
                    )
                for place, counts in self.sort(tracer.calls()).items():
                    most = found.setdefault((turn, place), {})
                    for name, count in counts.items():
                        most[name] = max(most.get(name, 0), count)
        return {
            place: {
                name: min(found[turn, place].get(name, 0) for turn in range(RECORDINGS))
                for name in found[0, place]
            }
            for place in self.files
        }

    def sort(self, calls):
        places = {place: [] for place in self.files}
        for call in calls:
            place = next(
                (place for place, path in self.files.items() if f"<{path}>" in call[2]), OTHERS
            )
            places[place].append(call)
        return {place: count_calls(some) for place, some in places.items()}

    def write_under(self, injection, place):
        """Appends until ledgerd ends. False: it did not."""
        self.assertTrue(self.ledgerd.is_running(), "it did not come back after another fault")
        with self.connect() as peer, self.trace(injection, only=place):
            for _ in range(PATIENT_APPENDS):
                if not self.write_one(peer) or self.ends_or_folds():
                    return True
        return False

    def check_not_made(self, place, name, moment):
        """Which pages a commit writes together changes as the file grows. In OTHERS is what other
        threads do when they come to it."""
        if place != OTHERS:
            self.assertLess(self.record()[place].get(name, 0), moment, "ledgerd goes on")

    def write_anew(self):
        with self.connect() as peer:
            self.assertTrue(self.writer.write_one(peer))

    def write_one(self, peer):
        try:
            return self.writer.write_one(peer)
        except OSError:
            return False

    def ends_or_folds(self):
        """Whether it ended."""

        def either():
            try:
                return not self.ledgerd.is_running() or self.is_folded()
            except (OSError, TypeError, KeyError):
                return False  # it ends while it is asked: no answer, or that it cannot look

        wait_until(either, "ledgerd ends, or folds its tail")
        return not self.ledgerd.is_running()

    def start_again(self, tally):
        self.started.kill("ledgerd")
        self.started.start("ledgerd")
        with self.connect() as peer:
            if self.writer.unanswered is not None:
                self.assertTrue(self.writer.write_one(peer))
        self.wait_folded()
        self.check(self.started, self.writer.sent, tally)


def is_committed(calls, path):
    """LMDB's last write, that of the new root, comes after the sync of what it points to."""
    names = [name for _, name, rest in calls if f"<{path}>" in rest]
    return "fdatasync" in names and names[-1] != "fdatasync"


class Killed(SystemCallTest):
    def test_at_each_system_call(self):
        tally = self.tally("kill at each system call of a commit and its fold")
        recorded = self.record()
        self.assertGreaterEqual(sum(recorded[JOURNAL].values()), 1, recorded)
        self.assertGreaterEqual(sum(recorded[LOG].values()), 3, recorded)
        self.assertGreaterEqual(sum(recorded[INDEX].values()), 3, recorded)
        missed = []
        for place, counts in recorded.items():
            for name, count in sorted(counts.items()):
                for moment in range(1, count + 1):
                    with self.subTest(place=place, call=name, moment=moment):
                        if self.cut(place, name, moment, tally):
                            continue
                        self.check_not_made(place, name, moment)
                        missed.append(f"{name}:{moment}")
        print("system calls:", {place: sum(counts.values()) for place, counts in recorded.items()})
        print("not reached again:", " ".join(missed) or "none")
        self.assertGreater(tally.cuts, len(missed))

    def cut(self, place, name, moment, tally):
        if not self.write_under(kill_at(name, moment), place):
            return False
        wait_until(lambda: not self.ledgerd.is_running(), "ledgerd is killed")
        self.assertEqual(self.ledgerd.popen.returncode, -signal.SIGKILL)
        tally.cut()
        self.start_again(tally)
        return True


class Failing(SystemCallTest):
    """After a failed write or sync nothing is known of the disk: ledgerd must end, and not answer."""

    def test_each_write_and_sync(self):
        tally = self.tally("a write or a sync fails")
        recorded = self.record()
        for place, needed in ((JOURNAL, "pwrite64"), (LOG, "fdatasync"), (INDEX, "fdatasync")):
            counts = {name: recorded[place].get(name, 0) for name in WRITES}
            self.assertGreater(counts[needed], 0, recorded)
            for name, count in counts.items():
                for moment in range(1, count + 1):
                    for error in ("EIO", "ENOSPC"):
                        with self.subTest(place=place, call=name, moment=moment, error=error):
                            self.fail_at(place, name, moment, error, tally)

    def fail_at(self, place, name, moment, error, tally):
        ledgerd = self.ledgerd
        injection = f"inject={name}:error={error}:when={moment}"
        if not self.write_under(injection, place):
            self.check_not_made(place, name, moment)
            return
        wait_until(lambda: not ledgerd.is_running(), "ledgerd ends")
        self.assertGreater(ledgerd.popen.returncode, 0)
        tally.cut()
        if place == JOURNAL:
            self.assertIsNotNone(self.writer.unanswered, "the append was acknowledged")
        self.start_again(tally)


class ComingUp(SystemCallTest):
    """Killed at each write and sync of a start that makes something anew."""

    def start_traced(self, *injections, only):
        """Until it answers, or has ended."""
        ledgerd = self.started.start_held("ledgerd")
        with self.trace(*injections, only=only) as tracer:
            ledgerd.popen.send_signal(signal.SIGCONT)
            wait_until(
                lambda: not ledgerd.is_running() or self.started.status(check=False),
                "it answers or ends",
            )
            return tracer.calls()

    def under_kills(self, place, prepare, check):
        """`prepare` takes away what the start will make."""
        self.started.kill("ledgerd")
        prepare()
        counts = count_calls(self.start_traced(only=place))
        counts = {name: count for name, count in counts.items() if name in WRITES}
        self.assertTrue({"fdatasync", "fsync"} & counts.keys(), counts)
        for name, count in counts.items():
            for moment in range(1, count + 1):
                with self.subTest(call=name, moment=moment):
                    self.started.kill("ledgerd")
                    prepare()
                    self.start_traced(kill_at(name, moment), only=place)
                    self.assertEqual(self.ledgerd.popen.wait(patience(30)), -signal.SIGKILL)
                    self.started.kill("ledgerd")
                    self.started.start("ledgerd")
                    check()

    def test_the_index_is_made_anew(self):
        tally = self.tally("kill while the indexes are made anew")

        def check():
            tally.cut()
            self.wait_folded()
            self.check(self.started, self.writer.sent, tally)

        self.under_kills(INDEX, self.files[INDEX].unlink, check)

    def test_a_new_ledger(self):
        tally = self.tally("kill while a new ledger is made")

        def check():
            tally.cut()
            self.writer = Paced(self.writer.path, "writer")
            with self.connect() as peer:
                self.assertTrue(self.writer.write_one(peer))
            self.check(self.started, self.writer.sent, tally)

        for place in (LOG, NEW_JOURNAL):
            self.under_kills(place, lambda: shutil.rmtree(self.started.data), check)

    def test_the_journal_is_taken_in(self):
        tally = self.tally("kill while the journal is taken in")
        left = self.started.folder / "left"
        self.started.kill_unsettled(self.write_anew)
        shutil.copytree(self.started.data, left, ignore=shutil.ignore_patterns("run"))
        self.started.start("ledgerd")

        def prepare():
            shutil.rmtree(self.started.data)
            shutil.copytree(left, self.started.data)

        def check():
            tally.cut()
            self.check(self.started, self.writer.sent, tally)

        self.under_kills(LOG, prepare, check)


if __name__ == "__main__":
    main()
