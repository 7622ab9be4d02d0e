"""Runs the real programs for a test: starts, stops, kills and asks them.

Environment:
  FIELDLEDGER_BIN          folder of the built programs
  FIELDLEDGER_SHARED_DATA  folder with the data sets that are not part of the project
  FIELDLEDGER_SANITIZE     the sanitizers that the programs were built with
  FIELDLEDGER_PATIENCE     how many times longer they may take than without
"""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("FIELDLEDGER_BIN", SOURCE / "build/check/bin"))
SHARED_DATA = pathlib.Path(
    os.environ.get("FIELDLEDGER_SHARED_DATA", SOURCE.parent / "shared" / "data")
)
PROJECTIONS = (
    "client-history",
    "rep-activity",
    "field-route",
    "sales-funnel",
    "trade",
    "outreach",
    "agenda",
    "directory",
    "audit-trail",
)
EXIT_SKIPPED = 77

running = []  # every Ledger that is up: their logs are shown when a test fails


# What a ledgerd may take for itself; sanitizers keep what was freed for a while.
OWN_MEMORY_MAX_MIB = 256 * (4 if os.environ.get("FIELDLEDGER_SANITIZE") else 1)


def patience(seconds):
    """The longest that something may take that takes `seconds` at most without sanitizers."""
    return seconds * float(os.environ.get("FIELDLEDGER_PATIENCE", "1"))


def wait_until(predicate, what, seconds=60):
    """Returns the first true value of predicate()."""
    seconds = patience(seconds)
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {seconds} s: {what}")
        time.sleep(0.02)


def shared_data(name):
    """The folder of an external data set; skips the test where it is absent."""
    folder = SHARED_DATA / name
    if not folder.is_dir():
        raise unittest.SkipTest(
            f"{name} is not on this machine (set FIELDLEDGER_SHARED_DATA)"
        )
    return folder


def die_with_parent():
    """A test that is killed leaves nothing running."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class CommandFailed(AssertionError):
    """ledgerctl ended with another status than expected."""


class Outcome:
    """What a run of ledgerctl gave."""

    def __init__(self, arguments, completed):
        self.arguments = arguments
        self.status = completed.returncode
        self.stdout = completed.stdout.decode("utf-8", "replace")
        self.stderr = completed.stderr.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.stdout)

    @property
    def error(self):
        """What --json printed of an error; {} if there is none."""
        return next((line["error"] for line in reversed(self.lines) if "error" in line), {})

    @property
    def lines(self):
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.stdout.splitlines() if line.strip()]

    def __str__(self):
        command = "ledgerctl " + " ".join(map(str, self.arguments))
        return (
            f"{command}\nstatus {self.status}\n"
            f"stdout: {self.stdout[-2000:]}\nstderr: {self.stderr[-2000:]}"
        )


class Answer:
    """A projection's answer: tables of rows, each a dictionary."""

    def __init__(self, document):
        self.document = document

    def table(self, name):
        return self.document["tables"][name]

    def row(self, name):
        """The only row of a table."""
        (row,) = self.table(name)
        return row

    @property
    def notes(self):
        return self.document["notes"]


class Process:
    """One daemon with its log."""

    def __init__(self, name, command, log):
        self.name = name
        self.log = log
        with open(log, "ab") as output:
            self.popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,
            )

    @property
    def pid(self):
        return self.popen.pid

    def is_running(self):
        return self.popen.poll() is None

    def end(self, number, seconds=30):
        """Sends the signal; returns the exit status."""
        seconds = patience(seconds)
        if self.is_running():
            self.popen.send_signal(number)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise AssertionError(f"{self.name} did not end in {seconds} s") from None

    def own_memory_mib(self):
        """What it has written for itself: neither the page cache nor what is mapped from files."""
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as lines:
            return sum(int(one.split()[1]) for one in lines if one.startswith("Anonymous:")) / 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def log_tail(self, lines=25):
        text = self.log.read_text("utf-8", "replace").splitlines()[-lines:]
        return f"--- {self.name}: {self.log}\n" + "\n".join(text)


class Ledger:
    """A data folder with a ledgerd, and projections, as a context manager.

    The folder's path is short: a socket's address takes no more than 107 bytes.
    """

    def __init__(self, *projections, options=()):
        self.projections = projections
        self.options = list(options)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fl-", dir="/tmp"))
        self.data = self.folder / "var"
        self.processes = {}

    def __enter__(self):
        running.append(self)
        try:
            self.start("ledgerd", *self.projections)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, problem, trace):
        if problem is not None:
            self.show_logs()
        for name in reversed(list(self.processes)):
            self.processes[name].end(signal.SIGKILL)
        running.remove(self)
        self.remove()

    def remove(self):
        if not os.environ.get("FIELDLEDGER_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- processes

    def start(self, *names, wait=True):
        self.data.mkdir(exist_ok=True)
        for name in names:
            self.processes[name] = Process(
                name, self.command_of(name), self.folder / f"{name}.log"
            )
        if wait:
            for name in names:
                self.wait_ready(name)

    def start_held(self, name):
        """Starts it stopped, ahead of its first instruction: SIGCONT lets it go."""
        held = ["sh", "-c", 'kill -STOP $$; exec "$@"', "sh", *self.command_of(name)]
        self.data.mkdir(exist_ok=True)
        self.processes[name] = Process(name, held, self.folder / f"{name}.log")
        stat = pathlib.Path(f"/proc/{self.processes[name].pid}/stat")
        wait_until(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T", f"{name} is held")
        return self.processes[name]

    def command_of(self, name):
        if name == "ledgerd":
            return [BIN / "ledgerd", "--data", self.data, *self.options]
        return [BIN / f"ledger-project-{name}", "--data", self.data]

    def wait_ready(self, name):
        def answers():
            if not self.processes[name].is_running():
                status = self.processes[name].popen.returncode
                raise AssertionError(f"{name} ended by itself, with status {status}")
            return self.status(name, check=False)

        wait_until(answers, f"{name} answers")

    def stop(self, *names):
        """Asks the processes to end; returns their exit statuses."""
        return [self.processes.pop(name).end(signal.SIGTERM) for name in names]

    def kill(self, *names):
        for name in names:
            self.processes.pop(name).end(signal.SIGKILL)

    def show_logs(self):
        for process in self.processes.values():
            print(process.log_tail(), file=sys.stderr)

    def kill_unsettled(self, append):
        """Kills ledgerd while facts that `append` adds stand in its journal alone: they are settled
        when nothing has come for a moment, so it must return as soon as it has its answer. Returns
        how many."""
        for _ in range(20):
            append()
            self.kill("ledgerd")
            report = self.ctl("verify", "--offline", "--json").json
            if report.get("journal_events"):
                return int(report["journal_events"])
            self.start("ledgerd")
        raise AssertionError("they were settled each time before ledgerd was killed")

    # ---- questions

    def ctl(self, command, *arguments, input=None, expect=0, timeout=120):
        """Runs ledgerctl. `expect` is the exit status; None takes any."""
        words = [command, "--data", self.data, *arguments]
        if isinstance(input, str):
            input = input.encode("utf-8", "surrogatepass")
        source = {"stdin": subprocess.DEVNULL} if input is None else {"input": input}
        completed = subprocess.run(
            [BIN / "ledgerctl", *words], capture_output=True, timeout=patience(timeout), **source
        )
        outcome = Outcome(words, completed)
        if expect is not None and outcome.status != expect:
            raise CommandFailed(f"expected status {expect}\n{outcome}")
        return outcome

    def status(self, name="ledgerd", check=True):
        """The service's own report; None if it does not answer and check is false."""
        outcome = self.ctl("status", name, "--json", expect=0 if check else None)
        return outcome.json if outcome.status == 0 else None

    def head(self):
        return int(self.status().get("head", 0))

    def append(self, *events, expect=0, arguments=()):
        lines = "".join(
            (event if isinstance(event, str) else json.dumps(event)) + "\n"
            for event in events
        )
        return self.ctl("append", "--json", *arguments, input=lines, expect=expect)

    def read(self, *arguments):
        return self.ctl("read", "--json", *arguments).lines

    def wait_followed(self, *names):
        """Until the projections have seen all that is in the ledger now."""
        head = self.head()

        def followed(name):
            report = self.status(name)["projection"]
            return int(report.get("position", 0)) >= head

        for name in names or self.projections:
            wait_until(lambda: followed(name), f"{name} is at {head}")

    def query(self, projection, *arguments, follow=True):
        if follow:
            self.wait_followed(projection)
        return Answer(self.ctl("query", projection, "--json", *arguments).json)

    def import_file(self, map_name, *files, expect=0):
        path = pathlib.Path(map_name)
        if not path.is_absolute():
            path = SOURCE / "deploy" / "maps" / path
        return self.ctl("import", "--json", "--map", path, *files, expect=expect)


def new_id():
    return str(uuid.uuid4())


class ProcessTest(unittest.TestCase):
    """A test case that may start ledgers of its own."""

    maxDiff = 4000

    def ledger(self, *projections, options=()):
        return self.enterContext(Ledger(*projections, options=options))


class Result(unittest.TextTestResult):
    """Shows the logs as they are at the moment of a failure, before anything is cleaned up."""

    def show(self):
        for ledger in running:
            ledger.show_logs()

    def addError(self, test, err):
        self.show()
        super().addError(test, err)

    def addFailure(self, test, err):
        self.show()
        super().addFailure(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.show()
        super().addSubTest(test, subtest, err)


def main():
    """Runs the tests of the calling file; exit status 77 if all of them were skipped."""
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Result)
    result = unittest.main(module="__main__", exit=False, testRunner=runner).result
    for reason in sorted({reason for _, reason in result.skipped}):
        print(f"SKIP: {reason}")
    if not result.wasSuccessful() or not (result.testsRun or result.skipped):
        sys.exit(1)
    sys.exit(EXIT_SKIPPED if len(result.skipped) >= result.testsRun else 0)
