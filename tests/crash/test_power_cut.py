"""The power goes while writers are at work: the file system is shut down without its journal being
flushed, and mounted anew. What was acknowledged is there. The same harness finds what is lost when
ledgerd is told not to wait for the disk: so it can fail."""

import random
import time

from disks import LedgerOnDisk, need_disks, run
from faults import SEED, FaultTest
from fieldledger import CommandFailed, main, wait_until
from writer import Refused, Writers, find_lost, read_log

ROUNDS = 10
UNSAFE_ROUNDS = 6  # loss shows in the first, unless the kernel wrote everything back just before
SYNCED_FIRST = 200  # events that are made durable behind the back of the unsafe setting
DISK_MIB = 512


class PowerCut(FaultTest):
    @classmethod
    def setUpClass(cls):
        need_disks()

    def begin(self, *options):
        print(f"seed {SEED}")
        self.chance = random.Random(SEED)
        self.started = self.enterContext(
            LedgerOnDisk(DISK_MIB, options=["--disk-reserve", "16", *options])
        )
        self.disk = self.started.disk
        self.writers = Writers(self.started)

    def write_and_cut(self, tally):
        """ledgerd is killed at once, or left to find out."""
        ledgerd = self.started.processes["ledgerd"]
        self.writers.start()
        enough = self.writers.stored + self.chance.randint(20, 400)
        wait_until(lambda: self.writers.stored >= enough, f"{enough} events are stored")
        time.sleep(self.chance.random() / 100)  # the moment of the cut is any
        self.disk.cut_power()
        tally.cut()
        if self.chance.random() < 0.5:
            wait_until(lambda: not ledgerd.is_running(), "ledgerd ends for want of a disk")
            self.assertNotEqual(ledgerd.popen.returncode, 0)
        self.started.kill("ledgerd")
        self.writers.join()
        self.disk.unmount()
        self.disk.mount()

    def test_nothing_acknowledged_is_lost(self):
        self.cut_again_and_again(self.tally("power cut"))

    def test_nothing_is_lost_without_a_journal(self):
        self.cut_again_and_again(self.tally("power cut, without a journal"), "--journal", "0")

    def cut_again_and_again(self, tally, *options):
        self.begin(*options)
        for _ in range(ROUNDS):
            self.write_and_cut(tally)
            self.started.start("ledgerd")
            self.check(self.started, self.writers.sent, tally)
        self.writers.start(more=20)
        self.writers.join()
        self.check(self.started, self.writers.sent, tally)

    def test_an_unsafe_setting_is_caught(self):
        tally = self.tally("power cut, not synced", expects_loss=True)
        self.begin("--unsafe-no-sync")
        self.assertIn("UNSAFE", self.started.processes["ledgerd"].log.read_text())
        self.writers.start(more=SYNCED_FIRST // len(self.writers.each))
        self.writers.join()
        run("sync", "--file-system", self.started.data)
        for _ in range(UNSAFE_ROUNDS):
            self.write_and_cut(tally)
            sent = self.writers.sent
            tally.count(sent, find_lost(self.what_is_left(), sent))
            if tally.lost:
                return
        self.fail("nothing was lost without syncs: this test could not see a loss")

    def what_is_left(self):
        """A damaged ledger may refuse to start, or to read."""
        try:
            self.started.start("ledgerd")
            return read_log(self.started)
        except (AssertionError, CommandFailed, Refused) as damage:
            print(f"the ledger is damaged: {damage}")
            return []


if __name__ == "__main__":
    main()
