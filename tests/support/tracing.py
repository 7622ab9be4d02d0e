"""strace: which system calls a process makes, and faults at chosen ones of them."""

import collections
import pathlib
import re
import shutil
import subprocess
import unittest

from fieldledger import die_with_parent, wait_until

WAITS = ("futex", "epoll_wait", "restart_syscall")
LINE = re.compile(r"^(?P<tid>\d+) +(?P<name>\w+)\((?P<rest>.*)$")


class Tracer:
    """Follows all threads of a process, as a context manager. `only` is a file: calls that have
    nothing to do with it are neither shown nor harmed. strace counts `when=N` for each thread."""

    def __init__(self, process, log, *expressions, only=None):
        command = ["strace", "-f", "-qq", "-y", "-s", "64", "-o", log, "-e", "signal=none"]
        for expression in expressions:
            command += ["-e", expression]
        if only is not None:
            command += ["-P", only]
        self.process, self.log = process, log
        self.command = [*command, "-p", str(process.pid)]

    def __enter__(self):
        self.strace = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        wait_until(lambda: is_traced(self.process.pid), "strace is attached", 20)
        return self

    def __exit__(self, *_):
        self.strace.kill()  # asked to end, it may wait for ever for a process that ends just then
        self.strace.wait()

    def calls(self):
        """[(thread, name, arguments)] in the order in which they began, without those that threads
        were waiting in when strace came (and which strace counts)."""
        found, seen = [], set()
        with open(self.log, encoding="utf-8", errors="replace") as lines:
            for one in filter(None, map(LINE.match, lines)):
                if one["tid"] in seen or one["name"] not in WAITS:
                    found.append((one["tid"], one["name"], one["rest"]))
                seen.add(one["tid"])
        return found


def kill_at(name, moment):
    """The injection for the `moment`-th call of that name by one thread."""
    return f"inject={name}:signal=KILL:when={moment + (name in WAITS)}"


def count_calls(calls):
    """{name: most calls of that name by one thread}: how far `when=N` can count."""
    each = collections.Counter((tid, name) for tid, name, _ in calls)
    most = {}
    for (_, name), count in each.items():
        most[name] = max(most.get(name, 0), count)
    return most


def is_traced(pid):
    """All threads."""
    try:
        tids = [path for path in pathlib.Path(f"/proc/{pid}/task").iterdir()]
        return all(tracer_of(tid) != "0" for tid in tids)
    except FileNotFoundError:
        return False


def tracer_of(task):
    with open(task / "status", encoding="ascii") as lines:
        return next(line.split()[1] for line in lines if line.startswith("TracerPid:"))


def need_tracing():
    """Skips the test where strace cannot work."""
    reason = why_no_tracing()
    if reason:
        raise unittest.SkipTest(reason)


def why_no_tracing():
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
