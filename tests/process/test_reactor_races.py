"""ledger-reactor: what is recorded between its question and its append."""

import contextlib
import shutil
import socket
import subprocess
import threading

from fieldledger import BIN, main, patience
from test_reactor import NOW, ReactorTest, of_task, task


class Relay:
    """Stands at a socket of the ledger in another data folder, and does something before the first
    message goes through it. (What a peer sends first, 8 bytes, is the greeting of the protocol.)"""

    GREETING = 8

    def __init__(self, path, to, before):
        self.to, self.before = to, before
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self.to))
                for one, other, first in ((near, far, self.GREETING), (far, near, None)):
                    arguments = (one, other, first)
                    threading.Thread(target=self.carry, args=arguments, daemon=True).start()

    def carry(self, source, target, greeting):
        with contextlib.suppress(OSError):
            while data := source.recv(greeting or 65536):
                target.sendall(data)
                if greeting is not None:
                    greeting -= len(data)
                if greeting == 0:
                    greeting = None
                    data = source.recv(65536)
                    self.before()
                    target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()


class Races(ReactorTest):
    """Something is recorded after the reactor has asked, and before what it appends arrives."""

    def react_while(self, *events):
        """A round; the events are recorded just before the first append of the reactor is."""
        folder = self.started.folder / "relayed"
        run = self.started.data / "run"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "run").mkdir(parents=True)
        for one in run.glob("*.sock"):
            if one.name != "append.sock":
                (folder / "run" / one.name).symlink_to(one)
        times = []

        def record():
            times.append(self.started.append(*events))

        relay = Relay(folder / "run" / "append.sock", run / "append.sock", record)
        self.addCleanup(relay.close)
        command = [BIN / "ledger-reactor", "--data", folder, "--once", "--now", NOW]
        done = subprocess.run(
            [*command, "--log-level", "debug"],
            capture_output=True,
            timeout=patience(120),
            text=True,
        )
        self.assertEqual((done.returncode, len(times)), (0, 1), done.stderr)
        return done.stderr

    def test_a_task_that_is_completed_meanwhile_reminds_nobody(self):
        self.started.append(task())
        said = self.react_while(of_task("TaskCompleted"))
        self.assertIn("left for the next round", said)
        self.assertEqual(self.records(), [])
        self.assert_adds_nothing_more()

    def test_what_still_holds_is_added_in_the_next_round(self):
        self.started.append(task())
        self.react_while(of_task("TaskProgressed", pct=10))
        self.assertEqual(self.records(), [])
        self.react()
        self.assertEqual(len(self.records("reminder")), 1)
        self.assert_adds_nothing_more()

    def test_what_happens_elsewhere_is_no_hindrance(self):
        self.started.append(task())
        self.react_while(of_task("TaskCompleted", "t-2"), of_task("TaskCancelled", "t-3"))
        self.assertEqual(len(self.records("reminder")), 1)


if __name__ == "__main__":
    main()
