"""The worked example of projections/README.md, as a team outside this tree has it: its text alone,
built against the installed library, run beside a real ledgerd, and asked what the page shows."""

import pathlib
import re
import shlex
import signal
import tempfile

import facts
from fieldledger import SOURCE, Process, ProcessTest, main, wait_until
from installed import (
    CC,
    CFLAGS,
    CMAKE,
    WARNINGS,
    Installed,
    contained,
    declared,
    exported,
    imported,
    run,
)

PAGE = (SOURCE / "projections/README.md").read_text("utf-8")
NAME = "complaints"
PROGRAM = f"ledger-project-{NAME}"


def blocks(language):
    return re.findall(f"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def session():
    """What the page shows of a terminal: (command, what it prints)."""
    # What is said in between ends what a command prints.
    lines = [
        line.removeprefix("    ") if not line or line.startswith("    ") else "$ "
        for line in PAGE.split("\n")
    ]
    text = "\n".join(lines)
    commands = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text + "\n", re.MULTILINE)
    return {command: printed.strip("\n") for command, printed in commands}


def feedback(client, topic, day, sentiment="NEGATIVE"):
    payload = {"clientId": client, "topic": topic, "sentiment": sentiment}
    subjects = [("client", client)]
    stream = f"client/{client}"
    return facts.event("FeedbackReceived", stream, payload, subjects=subjects, occurred=day)


class WorkedExample(ProcessTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="fl-", dir="/tmp"))
        cls.folder = pathlib.Path(folder)
        cls.installed = Installed(folder, "ledger-projection")
        cls.source = cls.folder / NAME
        cls.source.mkdir()
        (example,) = blocks("c")
        (cls.source / "main.c").write_text(example)
        (package,) = blocks("cmake")
        (cls.source / "CMakeLists.txt").write_text(package)
        cls.program = cls.source / PROGRAM
        (command,) = (command for command in session() if command.startswith("cc "))
        compiler = shlex.join([*CC, *WARNINGS, "-Wno-missing-field-initializers", *CFLAGS])
        words = ["sh", "-c", compiler + command.removeprefix("cc")]
        run(*words, cwd=cls.source, env=cls.installed.environment)

    def start(self, ledger):
        path = f"LD_LIBRARY_PATH={self.installed.library}"
        command = ["env", path, self.program, "--data", ledger.data]
        process = Process(NAME, command, ledger.folder / f"{NAME}.log")
        self.addCleanup(process.end, signal.SIGKILL)
        wait_until(lambda: ledger.status(NAME, check=False), f"{NAME} answers")
        return process

    def list(self, ledger, *arguments):
        rows = ledger.query(NAME, "list", "--client", "a", *arguments).table("complaints")
        return [(row["occurred"], row["topic"]) for row in rows]

    def lines(self, text):
        return [line.rstrip() for line in text.strip().splitlines()]

    def test_it_answers_what_the_page_shows(self):
        ledger = self.ledger()
        self.start(ledger)
        ledger.append(feedback("a", "supply", "2026-03-04"))
        ledger.append(feedback("b", "price", "2026-03-05"))
        ledger.append(feedback("a", "staff", "2026-03-06", "POSITIVE"))
        ledger.append(facts.merge("a", "b"))
        ledger.wait_followed(NAME)
        shown = session()[f"ledgerctl query {NAME} list --client a"]
        printed = ledger.ctl("query", NAME, "list", "--client", "a").stdout
        self.assertEqual(self.lines(printed), self.lines(shown))
        self.assertEqual(
            self.list(ledger, "--as-of-position", "3"), [("2026-03-04", "supply")]
        )

    def test_the_runtime_comes_with_it(self):
        ledger = self.ledger()
        first = feedback("a", "supply", "2026-03-04")
        ledger.append(first, feedback("a", "price", "2026-03-05"), facts.retraction(first))
        process = self.start(ledger)
        self.assertEqual(self.list(ledger), [("2026-03-05", "price")])
        digest = ledger.query(NAME, "digest").row("digest")
        self.assertEqual(process.end(signal.SIGTERM), 0)
        ledger.append(feedback("a", "delivery", "2026-03-07"))
        self.start(ledger)
        both = [("2026-03-05", "price"), ("2026-03-07", "delivery")]
        self.assertEqual(self.list(ledger), both)
        again = ledger.query(NAME, "digest", "--as-of-position", str(digest["position"]))
        self.assertEqual(again.row("digest"), digest)
        self.assertIn("--rebuild", run(self.program, "--help", env=self.installed.environment))

    def test_package_for_cmake(self):
        build = self.source / "build"
        flags = f"-DCMAKE_C_FLAGS={' '.join(CFLAGS)}"
        prefix = f"-DCMAKE_PREFIX_PATH={self.installed.prefix}"
        run(CMAKE, "-S", self.source, "-B", build, prefix, flags)
        run(CMAKE, "--build", build)
        self.assertIn("What clients found fault with.", run(build / PROGRAM, "--help"))

    def test_only_what_the_header_declares_is_exported(self):
        header = self.installed.prefix / "include/fieldledger/ledger/projection.h"
        library = self.installed.shared("ledger-projection")
        versions = exported(library)
        self.assertEqual(set(versions), {"LEDGER_PROJECTION_0"})
        found = declared([header], "projection")
        self.assertTrue(found)
        self.assertEqual(versions["LEDGER_PROJECTION_0"], found)

    def test_nothing_is_in_the_process_twice(self):
        projection = self.installed.shared("ledger-projection")
        ledger = self.installed.shared("ledger")
        names = exported(ledger)
        self.assertEqual(contained(projection) & set.union(*names.values()), set())
        self.assertEqual(names["LEDGER_PRIVATE"], imported(projection, "LEDGER_PRIVATE"))
        needed = run("objdump", "-p", projection)
        self.assertNotRegex(needed, "NEEDED.*nng", "NNG is libledger's")
        program = run("objdump", "-p", self.program)
        self.assertNotRegex(program, "NEEDED.*(lmdb|event|nng|jansson)")


if __name__ == "__main__":
    main()
