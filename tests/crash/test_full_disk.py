"""A small disk fills up. Appends are refused with a clear error before it is full, reads go on, and
when room returns appends go on by themselves. Where the disk fills behind ledgerd's back it ends
rather than go on, and loses nothing."""

import time

from disks import LedgerOnDisk, Thin, need_disks
from faults import FaultTest
from fieldledger import main, wait_until
from writer import Sent, Writer, Writers, packed_event, read_log

MIB = 1 << 20
DISK_MIB = 160
RESERVE_MIB = 16
BALLAST = 48 * MIB
PAYLOAD = 40_000
EVENTS = 20  # in an append


class Filling(Writer):
    """Writes a lot, and waits while it is refused."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.refusals = []

    def next(self):
        stream = f"ext/{self.name}"
        return Sent(
            tuple(
                packed_event(stream, self.name, self.chance.randbytes(PAYLOAD))
                for _ in range(EVENTS)
            )
        )

    def refused(self, error):
        self.refusals.append(error)
        time.sleep(0.05)
        return True


class FullDisk(FaultTest):
    @classmethod
    def setUpClass(cls):
        need_disks()

    def begin(self, mib, reserve_mib, backing=None):
        self.started = self.enterContext(
            LedgerOnDisk(mib, options=["--disk-reserve", str(reserve_mib)], backing=backing)
        )
        self.disk = self.started.disk
        self.writers = Writers(self.started, 2, Filling)

    @property
    def ledgerd(self):
        return self.started.processes["ledgerd"]

    def refusals(self):
        return [error for one in self.writers.each for error in one.refusals]

    def write_until_refused(self):
        wait_until(lambda: all(one.refusals for one in self.writers.each), "appends are refused")
        self.assertEqual({error.code for error in self.refusals()}, {"disk_reserve"})
        self.assertTrue(all(error.retryable for error in self.refusals()))

    def test_refused_before_it_is_full(self):
        tally = self.tally("a disk fills up")
        self.begin(DISK_MIB, RESERVE_MIB)
        for turn in range(2):
            ballast = self.disk.ballast(BALLAST)
            self.writers.start(persist=True)
            self.write_until_refused()
            tally.cut()
            stored = self.writers.stored
            self.assertGreater(stored, 0)
            self.assertGreater(self.disk.free_bytes(), RESERVE_MIB * MIB)
            self.assertEqual(len(read_log(self.started)), stored)  # reads go on
            self.assertTrue(self.ledgerd.is_running())
            ballast.unlink()
            wait_until(lambda: self.writers.stored > stored, "appends go on by themselves")
            self.writers.stop()
            self.writers.join()
            self.check(self.started, self.writers.sent, tally)
            if turn == 0:
                self.started.kill("ledgerd")
                self.started.start("ledgerd")

    def test_filled_behind_its_back(self):
        """Others take the last byte while it writes. Without a reserve it may hit the end: then it
        ends. With room again it starts, and has everything."""
        tally = self.tally("a disk filled by others")
        self.begin(DISK_MIB, 0)
        for _ in range(3):
            self.writers.start()
            stored = self.writers.stored
            wait_until(lambda: self.writers.stored > stored, "something is written")
            ballast = self.disk.take_all()
            tally.cut()
            wait_until(
                lambda: not self.ledgerd.is_running() or self.refusals(), "it refuses or ends"
            )
            self.writers.stop()
            self.writers.join()
            ballast.unlink()
            if not self.ledgerd.is_running():
                self.assertGreater(self.ledgerd.popen.returncode, 0)
            self.started.kill("ledgerd")
            self.started.start("ledgerd")
            self.check(self.started, self.writers.sent, tally)
            for one in self.writers.each:
                one.refusals.clear()

    def test_a_disk_that_promised_more_than_it_has(self):
        """Thinly provisioned: the file system has room, what is below it has not, and tells at the
        sync. Nobody could have refused in time."""
        tally = self.tally("a thin disk runs out at the sync")
        thin = self.enterContext(Thin(48))
        self.begin(512, 0, backing=thin.folder)
        self.writers.start()
        wait_until(lambda: not self.ledgerd.is_running(), "ledgerd ends for want of a disk")
        tally.cut()
        self.assertNotEqual(self.ledgerd.popen.returncode, 0)
        self.assertFalse(self.refusals())
        self.writers.join()
        self.assertGreater(self.writers.stored, 0)
        self.started.kill("ledgerd")
        self.disk.unmount()
        thin.grow(512)
        self.disk.mount()
        self.started.start("ledgerd")
        self.check(self.started, self.writers.sent, tally)
        self.writers.start(more=2 * EVENTS)
        self.writers.join()
        self.check(self.started, self.writers.sent, tally)


if __name__ == "__main__":
    main()
