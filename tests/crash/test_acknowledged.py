"""What ledgerd has acknowledged is there after it was killed: at any moment, at a chosen system
call, and when a write or a sync fails."""

import os
import random
import shutil
import signal
import subprocess

from fieldledger import ProcessTest, main, wait_until
from writer import Writer, check_ledger

SEED = int(os.environ.get("FIELDLEDGER_SEED", "20130801"))
WRITERS = 4


class WritersTest(ProcessTest):
    """Some writers at work on one ledger."""

    def setUp(self):
        self.started = self.ledger()
        self.path = self.started.data / "run" / "append.sock"
        self.writers = [None] * WRITERS

    def write_on(self, more=None):
        """New writers, each from where the one before it was cut off."""
        self.writers = [
            Writer(self.path, f"writer-{number}", more, before)
            for number, before in enumerate(self.writers)
        ]
        for writer in self.writers:
            writer.start()

    def written(self):
        return {id_: at for one in self.writers for id_, at in one.acknowledged.items()}

    def join(self):
        for writer in self.writers:
            writer.join(60)
            self.assertFalse(writer.is_alive(), "a writer hangs")
            self.assertIsNone(writer.problem)

    def check(self):
        return check_ledger(self, self.started, self.written())


class Killed(WritersTest):
    def test_at_any_moment(self):
        print(f"seed {SEED}")
        chance = random.Random(SEED)
        for _ in range(15):
            self.write_on()
            enough = len(self.written()) + chance.randint(1, 400)
            wait_until(lambda: len(self.written()) >= enough, f"{enough} events are written")
            self.started.kill("ledgerd")
            self.join()
            self.started.start("ledgerd")
            self.check()
        self.write_on(more=1)
        self.join()
        self.check()


class Injected(WritersTest):
    """strace ends ledgerd, or lets it fail, at the N-th call of a kind."""

    CALLS = ("pwrite64", "writev", "fdatasync", "sendmsg")
    MOMENTS = (1, 2, 3, 7, 20)
    EVENTS = 60  # of each writer: more system calls than the last moment

    @classmethod
    def setUpClass(cls):
        reason = why_no_injection()
        if reason:
            cls.skipTest(cls, reason)

    def hook_in(self, injection):
        """Lets it come up and fold its tail unharmed, then hooks in: what matters happens while it
        writes."""
        wait_until(self.is_folded, "the tail is folded")
        log = self.started.folder / "strace.log"
        ledgerd = self.started.processes["ledgerd"]
        self.strace = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", log, "-e", "signal=none", "-e", injection,
             "-p", str(ledgerd.pid)],
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(self.end_strace)
        wait_until(lambda: is_traced(ledgerd.pid), "strace is attached")

    def is_folded(self):
        status = self.started.status()
        return status["ledger"].get("foldedTo", "0") == status.get("head", "0")

    def end_strace(self):
        if self.strace.poll() is None:
            self.strace.kill()
        self.strace.wait()

    def write_under(self, injection):
        """Whether all went through."""
        self.hook_in(injection)
        self.write_on(more=self.EVENTS)
        self.join()
        self.end_strace()
        return all(one.unanswered is None for one in self.writers)

    def start_again(self):
        """Whether or not the injected fault ended it."""
        self.started.kill("ledgerd")
        self.started.start("ledgerd")

    def test_killed_at_a_system_call(self):
        for call in self.CALLS:
            for moment in self.MOMENTS:
                with self.subTest(call=call, moment=moment):
                    unharmed = self.write_under(f"inject={call}:signal=KILL:when={moment}")
                    self.assertFalse(unharmed, "it was not killed")
                    self.start_again()
                    self.check()

    def test_a_failed_write_or_sync_ends_it(self):
        for call in ("fdatasync", "pwrite64"):
            for error in ("EIO", "ENOSPC"):
                for moment in (1, 4):
                    with self.subTest(call=call, error=error, moment=moment):
                        process = self.started.processes["ledgerd"]
                        unharmed = self.write_under(f"inject={call}:error={error}:when={moment}")
                        self.assertFalse(unharmed, "nothing failed")
                        wait_until(lambda: not process.is_running(), "ledgerd ends")
                        self.assertGreater(process.popen.returncode, 0)
                        self.start_again()
                        self.check()


def is_traced(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        return any(line.startswith("TracerPid:") and line.split()[1] != "0" for line in lines)


def why_no_injection():
    if shutil.which("strace") is None:
        return "strace is not on this machine"
    probe = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=getppid:signal=KILL", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if probe.returncode != 0:
        return f"strace may not trace here: {probe.stderr.strip()[:100]}"
    return None


if __name__ == "__main__":
    main()
