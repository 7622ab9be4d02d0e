"""The one command that runs everything: start, second start, refusal, stop, a death among them."""

import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest.mock

import known_open_payments
from fieldledger import (
    BIN,
    PROJECTIONS,
    SOURCE,
    ProcessTest,
    die_with_parent,
    main,
    patience,
    wait_until,
)

SAMPLE_FACTS = sum(known_open_payments.FACTS.values())
STARTED = ("ledgerd", *PROJECTIONS, "reactor")


class Up:
    """A tools/up under way, its output in a file."""

    def __init__(self, folder, *arguments, in_front=False):
        self.folder = folder
        self.output = folder / "output"
        command = [SOURCE / "tools/up", "--bin", BIN, *arguments]
        with open(self.output, "wb") as output:
            self.popen = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,
                start_new_session=in_front,
            )

    def interrupt(self):
        """Ctrl-C: what a terminal sends to all that are in front, with in_front."""
        os.killpg(self.popen.pid, signal.SIGINT)

    def text(self):
        return self.output.read_text("utf-8", "replace")

    def wait_ready(self):
        def ready():
            assert self.popen.poll() is None, self.text()
            return re.search("^ready", self.text(), re.MULTILINE)

        wait_until(ready, "ready")

    def end(self, number=signal.SIGTERM):
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        return self.popen.wait(patience(60))

    def pids(self):
        """{name: pid} from the table it printed."""
        names = "|".join(STARTED)
        return {
            name: int(pid)
            for name, pid in re.findall(rf"^({names}) +(\d+) ", self.text(), re.MULTILINE)
        }


def is_alive(pid):
    """One that has ended and that nobody has reaped is not."""
    try:
        return ") Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def serving(folder):
    """The processes that were started with this folder."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--stop-with-parent" in words and os.fsencode(folder) in words:
            if is_alive(int(path.parent.name)):
                found.append(words)
    return found


class UpTest(ProcessTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fl-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def up(self, *arguments):
        up = Up(self.folder, *arguments)
        self.addCleanup(up.end)
        return up

    def ctl(self, *words):
        """As a newcomer would: from the same folder, without flags."""
        return subprocess.run(
            [BIN / "ledgerctl", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=patience(60),
        )

    def test_a_day_in_the_life(self):
        first = self.up()
        first.wait_ready()
        self.assertIn(f"ready: {SAMPLE_FACTS} facts", first.text())
        self.assertEqual(list(first.pids()), list(STARTED))
        self.assertEqual(self.ctl("status").returncode, 0)

        def reactor():
            """Once it has looked at everything."""
            status = json.loads(self.ctl("status", "reactor", "--json").stdout)
            found = int(status["reactor"].get("position", 0)) == SAMPLE_FACTS
            return status if found else None

        status = wait_until(reactor, "the reactor has looked")
        self.assertEqual(int(status["pid"]), first.pids()["reactor"])
        self.assertNotIn("problem", status["reactor"])
        self.assertEqual(int(status["reactor"]["added"]), 0, "it all happened long ago")
        answer = self.ctl("query", "rep-activity")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("FOREST PHARMACEUTICALS, INC.", answer.stdout)
        with self.subTest("a second one on the same data"):
            second = self.up()
            self.assertNotEqual(second.popen.wait(patience(60)), 0)
            self.assertIn("already runs", second.text())
        self.assertEqual(first.end(signal.SIGINT), 0, first.text())
        for name, pid in first.pids().items():
            self.assertFalse(is_alive(pid), f"{name} still runs")
        with self.subTest("started again"):
            again = self.up()
            again.wait_ready()
            self.assertIn(f"ready: {SAMPLE_FACTS} facts", again.text())
            self.assertNotIn("Importing", again.text())
            self.assertEqual(again.end(), 0, again.text())

    def test_a_process_that_dies_takes_the_rest_along(self):
        for victim in ("ledgerd", "rep-activity", "reactor"):
            with self.subTest(victim):
                up = self.up("--no-sample")
                up.wait_ready()
                os.kill(up.pids()[victim], signal.SIGKILL)
                self.assertNotEqual(up.popen.wait(patience(60)), 0)
                self.assertIn(f"{victim} ended by itself", up.text())
                self.assertNotIn("Killed", up.text())
                for name, pid in up.pids().items():
                    self.assertFalse(is_alive(pid), f"{name} still runs")

    def test_a_killed_one_takes_the_rest_along(self):
        first = self.up("--no-sample")
        first.wait_ready()
        left = first.pids()
        self.assertLess(first.end(signal.SIGKILL), 0)
        second = self.up("--no-sample")
        second.wait_ready()
        for name, pid in left.items():
            self.assertFalse(is_alive(pid), f"{name} still runs")
        self.assertEqual(second.end(), 0, second.text())

    def test_processes_of_others_are_told(self):
        self.folder.joinpath("var").mkdir()
        with subprocess.Popen(
            [BIN / "ledgerd"],
            cwd=self.folder,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        ) as one:
            self.addCleanup(one.kill)
            wait_until(lambda: self.ctl("status", "ledgerd").returncode == 0, "it answers")
            up = self.up("--no-sample")
            self.assertEqual(up.popen.wait(patience(60)), 1)
            self.assertIn(f"kill {one.pid}", up.text())
            one.terminate()

    def test_a_stop_does_not_wait_for_the_import(self):
        up = self.up()
        wait_until(lambda: "Importing" in up.text(), "the import begins")
        self.assertEqual(up.end(), 143, up.text())
        self.assertEqual(list((self.folder / "var/run").glob("*.pid")), [])

    def test_an_interrupt_at_any_moment_of_the_start_leaves_nothing(self):
        chance = random.Random(5)
        for attempt in range(8):
            data = self.folder / f"var-{attempt}"
            up = Up(self.folder, "--no-sample", "--data", str(data), in_front=True)
            self.addCleanup(up.end)
            time.sleep(chance.uniform(0.05, 0.8))
            up.interrupt()
            up.popen.wait(patience(60))
            wait_until(lambda: not serving(data), f"all have ended, attempt {attempt}")
            told = up.text().partition("\nready")[0]
            self.assertNotRegex(told, r"line \d+:|failed|ended by itself")
            if (data / "logs/ledgerd.log").exists():
                self.assertIn("Stopping", up.text())

    def test_too_little_space_is_told_at_once(self):
        reserve = 1 << 20
        if shutil.disk_usage(self.folder).free >> 20 >= reserve:
            self.skipTest("the largest reserve is less than what is free here")
        with unittest.mock.patch.dict(os.environ, LEDGERD_DISK_RESERVE=str(reserve)):
            up = self.up()
        up.wait_ready()
        told = f"at ./var: no facts are taken in below {reserve + 40} MiB, and the sample is left out"
        self.assertIn(told, up.text())
        self.assertIn("ready: 0 facts", up.text())
        self.assertIn("nearly full", (self.folder / "var/logs/ledgerd.log").read_text())

    def test_a_model_made_anew_takes_its_place_and_is_watched(self):
        up = self.up("--no-sample")
        up.wait_ready()
        before = up.pids()
        command = [BIN / "ledger-project-rep-activity", "--data", "var", "--rebuild"]
        with open(self.folder / "rebuild.log", "wb") as log:
            rebuild = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=die_with_parent,
            )
        self.assertEqual(rebuild.wait(patience(60)), 0)
        goes_on = r"rep-activity was made anew, and goes on here as process (\d+)"
        wait_until(lambda: re.search(goes_on, up.text()), "up has taken it over")
        pid = int(re.search(goes_on, up.text()).group(1))
        self.assertNotEqual(pid, before["rep-activity"])
        told = self.ctl("status", "rep-activity", "--json")
        self.assertEqual(int(json.loads(told.stdout)["pid"]), pid, told.stdout)
        self.assertTrue(all(is_alive(before[name]) for name in STARTED if name != "rep-activity"))
        self.assertEqual(up.end(), 0, up.text())
        self.assertFalse(is_alive(pid))

    def test_an_empty_ledger_can_stay_empty(self):
        up = self.up("--no-sample", "--data", "elsewhere")
        up.wait_ready()
        self.assertIn("ready: 0 facts in elsewhere", up.text())
        self.assertFalse((self.folder / "var").exists())
        self.assertTrue((self.folder / "elsewhere/logs/ledgerd.log").exists())

    def test_wrong_options(self):
        for words in (["--sample"], ["--data"], ["--bin="]):
            with self.subTest(" ".join(words)):
                up = self.up(*words)
                self.assertEqual(up.popen.wait(patience(60)), 2)
                self.assertRegex(up.text(), r"\Aup: .* \(see --help\)\n\Z")


if __name__ == "__main__":
    main()
