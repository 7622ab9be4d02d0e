"""What ledgerd has acknowledged is there after it was killed at any moment, and nothing is there
twice after it was stopped so long that its clients gave up and asked again."""

import random
import signal
import subprocess

from faults import SEED, FaultTest
from fieldledger import BIN, main, patience, wait_until
from writer import Writers

ROUNDS = 15


class WritersTest(FaultTest):
    def setUp(self):
        print(f"seed {SEED}")
        self.chance = random.Random(SEED)
        self.started = self.ledger()
        self.writers = Writers(self.started)

    @property
    def ledgerd(self):
        return self.started.processes["ledgerd"]

    def wait_stored(self, more):
        enough = self.writers.stored + more
        wait_until(lambda: self.writers.stored >= enough, f"{more} more events are stored")


class Killed(WritersTest):
    def test_at_any_moment(self):
        tally = self.tally("kill -9 at any moment")
        for _ in range(ROUNDS):
            self.writers.start()
            self.wait_stored(self.chance.randint(1, 400))
            self.started.kill("ledgerd")
            tally.cut()
            self.writers.join()
            self.started.start("ledgerd")
            self.check(self.started, self.writers.sent, tally)
        self.writers.start(more=10)
        self.writers.join()
        self.check(self.started, self.writers.sent, tally)


class Paused(WritersTest):
    """SIGSTOP: to its clients it looks dead, and it does not know that time has passed."""

    ROUNDS = 4
    PATIENCE = 0.4  # seconds until a writer gives an answer up, connects again and repeats itself

    def test_writers_that_ask_again_write_once(self):
        tally = self.tally("stopped, clients ask again")
        self.writers.start(persist=True, seconds=self.PATIENCE)
        for _ in range(self.ROUNDS):
            self.wait_stored(self.chance.randint(20, 200))
            self.ledgerd.popen.send_signal(signal.SIGSTOP)
            given_up = [one.given_up for one in self.writers.each]
            wait_until(
                lambda: all(
                    one.given_up > before for one, before in zip(self.writers.each, given_up)
                ),
                "every writer has given up once",
            )
            self.ledgerd.popen.send_signal(signal.SIGCONT)
            tally.cut()
        self.wait_stored(50)
        self.writers.stop()
        self.writers.join()
        self.check(self.started, self.writers.sent, tally)


class TwoProcesses(WritersTest):
    """One data folder belongs to one ledgerd."""

    def start_second(self):
        return subprocess.run(
            [BIN / "ledgerd", "--data", self.started.data],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience(60),
            check=False,
        )

    def test_the_second_is_refused(self):
        tally = self.tally("a second ledgerd on the same data")
        self.writers.start()
        for _ in range(5):
            self.wait_stored(20)
            second = self.start_second()
            tally.cut()
            self.assertEqual(second.returncode, 75, second.stderr)
            self.assertIn("code=locked", second.stderr)
            self.assertIn("is in use by another process", second.stderr)
            self.wait_stored(20)
            self.assertTrue(self.ledgerd.is_running())
        self.assertEqual(self.started.status()["pid"], str(self.ledgerd.pid))
        self.writers.stop()
        self.writers.join()
        self.check(self.started, self.writers.sent, tally)

    def test_after_a_kill_the_folder_is_free_at_once(self):
        for _ in range(5):
            self.started.kill("ledgerd")
            self.started.start("ledgerd")  # ends the test if it is refused


if __name__ == "__main__":
    main()
