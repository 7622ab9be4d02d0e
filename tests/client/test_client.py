"""libledger.so from outside: the example programs beside this file are built against an installed
tree alone, as a user would, and run against a real ledgerd."""

import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import unittest
import uuid

from fieldledger import ProcessTest, main, new_id, patience, wait_until
from installed import CC, CFLAGS, CMAKE, WARNINGS, Installed, declared, exported, run

HERE = pathlib.Path(__file__).parent
EXAMPLES = ("append", "batch", "subscribe")


class Lines(threading.Thread):
    """What a process prints, as it comes."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.lines = process, []
        self.start()

    def run(self):
        for line in self.process.stdout:
            self.lines.append(line.split())


class Client(ProcessTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="fl-", dir="/tmp"))
        cls.installed = Installed(cls.folder, "ledger")
        for name in EXAMPLES:
            cls.installed.compile(HERE / f"{name}.c", cls.installed.prefix / name)

    def setUp(self):
        self.started = self.ledger()
        run_folder = self.started.data / "run"
        self.append_url = f"ipc://{run_folder}/append.sock"
        self.read_url = f"ipc://{run_folder}/read.sock"

    def append(self, *arguments, expect=0):
        return self.installed.run("append", self.append_url, *arguments, expect=expect)

    def follow(self, cursor):
        process = self.installed.start("subscribe", self.read_url, cursor, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, Lines(process)

    def stop(self, process, lines):
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(patience(30)), 0)
        lines.join(30)

    def test_append_duplicate_conflict(self):
        first = new_id()
        self.assertEqual(self.append("v-1", first, 0), ["stored", "1"])
        self.assertEqual(self.append("v-1", first, 0), ["known", "1"])
        conflict = self.append("v-1", new_id(), 0, expect=65)
        self.assertEqual(conflict, ["conflict", "visit/v-1", "1"])
        self.assertEqual(self.append("v-1", new_id(), 1), ["stored", "2"])
        (one, two) = self.started.read()
        self.assertEqual((one["eventId"], one["streamVersion"]), (first, "1"))
        self.assertEqual((two["type"], two["streamVersion"]), ("VisitReported", "2"))

    def test_errors_reach_the_caller(self):
        self.append("x" * 200, new_id(), 0, expect=65)  # the stream's name is too long
        self.started.stop("ledgerd")
        self.append("v-1", new_id(), 0, expect=69)  # nobody is there

    def test_subscription_goes_on_at_its_cursor(self):
        for number in range(3):
            self.append("v-1", new_id(), number)
        process, lines = self.follow("example")
        wait_until(lambda: len(lines.lines) == 3, "three facts came")
        self.append("v-2", new_id(), 0)
        wait_until(lambda: len(lines.lines) == 4, "the fourth came while it waited")
        self.stop(process, lines)
        expected = [["1", "visit/v-1", "1"], ["2", "visit/v-1", "2"], ["3", "visit/v-1", "3"]]
        expected += [["4", "visit/v-2", "1"]]
        self.assertEqual([line[:3] for line in lines.lines], expected)
        self.append("v-3", new_id(), 0)
        process, lines = self.follow("example")
        wait_until(lambda: lines.lines, "what came meanwhile")
        self.stop(process, lines)
        self.assertEqual([line[:2] for line in lines.lines], [["5", "visit/v-3"]])

    def test_every_acknowledged_event_once_under_kills(self):
        """ledgerd is killed while an appender and a subscriber run; both go on by themselves."""
        process, followed = self.follow("kills")
        count = 60_000  # so many that it is not done before the last kill
        batch = self.installed.start(
            "batch", self.append_url, "kills", count, stdout=subprocess.PIPE
        )
        self.addCleanup(batch.stdout.close)
        self.addCleanup(batch.wait)
        self.addCleanup(batch.kill)
        told = Lines(batch)
        for enough in (1000, 4000, 8000):
            wait_until(lambda: len(told.lines) >= enough, f"{enough} outcomes")
            self.assertIsNone(batch.poll(), "the ledger is killed while it appends")
            self.started.kill("ledgerd")
            self.started.start("ledgerd")
        self.assertEqual(batch.wait(patience(100)), 0)
        told.join(30)
        acknowledged = {id_: int(position) for id_, position in told.lines}
        self.assertEqual(len(told.lines), count)
        self.assertEqual(len(acknowledged), count)
        stored = {one["eventId"]: int(one["position"]) for one in self.started.read()}
        self.assertEqual(stored, acknowledged)
        self.assertEqual(sorted(stored.values()), list(range(1, count + 1)))
        wait_until(lambda: len(followed.lines) >= count, "the subscriber has them all")
        self.stop(process, followed)
        seen = [int(line[0]) for line in followed.lines]
        self.assertEqual(seen, list(range(1, count + 1)))
        again = self.installed.run("batch", self.append_url, "kills", count)
        self.assertEqual(dict(zip(again[::2], map(int, again[1::2]))), acknowledged)
        self.assertEqual(self.started.head(), count)

    def test_only_what_the_headers_declare_is_exported(self):
        symbols = exported(self.installed.shared("ledger"))["LEDGER_0"]
        functions = {symbol for symbol in symbols if "__v1__" not in symbol}
        include = self.installed.prefix / "include" / "fieldledger" / "ledger"
        headers = set(include.glob("*.h")) - {include / "projection.h"}
        found = declared(headers, "ledger") - {"ledger_append_done"}  # a type
        self.assertEqual(sorted(functions - found), [], "exported and not in a header")
        self.assertEqual(sorted(found - functions), [], "in a header and not in ledger.map")
        for symbol in symbols - functions:
            self.assertRegex(symbol, "^(ledger|facts)__v1__")

    def test_headers_compile_alone(self):
        include = self.installed.prefix / "include" / "fieldledger"
        for header in sorted(include.rglob("*.h")):
            with self.subTest(header.name):
                text = f"#include <{header.relative_to(include)}>\n"
                flags = [*WARNINGS, *self.installed.flags, "-fsyntax-only", "-xc", "-"]
                run(*CC, *flags, input=text)

    def test_the_library_says_what_it_needs(self):
        soname = run("objdump", "-p", self.installed.shared("ledger"))
        self.assertIn("libledger.so.0\n", re.sub(" +", " ", soname))
        resolved = run("ldd", self.installed.prefix / "append", env=self.installed.environment)
        self.assertIn(str(self.installed.library), resolved)
        self.assertNotIn("not found", resolved)
        self.assertNotIn("lmdb", resolved, "a client opens no environment")

    def test_installed_programs_run(self):
        for name in ("ledgerd", "ledgerctl", "ledger-bench"):
            run(self.installed.prefix / "bin" / name, "--help")

    def test_package_for_cmake(self):
        source = pathlib.Path(self.folder) / "cmake"
        source.mkdir()
        (source / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\n"
            "project(user LANGUAGES C)\n"
            "find_package(fieldledger 0.1 REQUIRED)\n"
            f'add_executable(user "{HERE / "append.c"}")\n'
            "target_link_libraries(user PRIVATE fieldledger::ledger)\n"
        )
        flags = f"-DCMAKE_C_FLAGS={' '.join(CFLAGS)}"
        prefix = f"-DCMAKE_PREFIX_PATH={self.installed.prefix}"
        run(CMAKE, "-S", source, "-B", source / "build", prefix, flags)
        run(CMAKE, "--build", source / "build")
        event = str(uuid.uuid4())
        done = run(source / "build" / "user", self.append_url, "v-1", event, 0)
        self.assertEqual(done.split(), ["stored", "1"])


if __name__ == "__main__":
    main()
