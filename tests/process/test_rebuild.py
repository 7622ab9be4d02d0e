"""Models made anew: beside the process that answers, compared with it, and in its place in one step."""

import random
import signal
import subprocess

import facts
from fieldledger import Process, ProcessTest, main, patience, wait_until

NAME = "rep-activity"
VISITS = 3000


class Rebuild(ProcessTest):
    def setUp(self):
        self.started = self.ledger(NAME)
        chance = random.Random(7)
        visits = [facts.visit(f"v-{i}", f"c-{chance.randrange(40)}") for i in range(VISITS)]
        self.started.append(*visits)
        amended = chance.sample(visits, 60)
        self.started.append(*(facts.retraction(visit) for visit in amended[:30]))
        self.started.append(facts.merge("c-1", "c-2"), facts.merge("c-3", "c-4"))

    def digest(self, position=None):
        arguments = [] if position is None else ["--as-of-position", str(position)]
        return self.started.query(NAME, "digest", *arguments).row("digest")

    def rebuild(self):
        command = [*self.started.command_of(NAME), "--rebuild"]
        made = Process(f"{NAME}-rebuild", command, self.started.folder / "rebuild.log")
        self.addCleanup(made.end, signal.SIGKILL)
        return made

    def test_takes_the_place_of_the_one_that_answers(self):
        before, totals = self.digest(), self.started.query(NAME).row("totals")
        old = self.started.processes.pop(NAME)
        made = self.rebuild()
        self.assertEqual(old.popen.wait(timeout=patience(60)), 0)
        wait_until(lambda: self.status_pid() == made.pid, "the new process answers")
        self.started.processes[NAME] = made
        self.assertEqual(self.digest(), before)
        self.assertEqual(self.started.query(NAME).row("totals"), totals)
        self.assertIn("made anew, and the same", made.log_tail())
        folders = sorted(path.name for path in (self.started.data / "projections").iterdir())
        self.assertEqual(folders, [NAME])
        self.started.append(facts.visit("v-new", "c-1"))
        self.assertEqual(self.started.query(NAME).row("totals")["visits"], totals["visits"] + 1)

    def status_pid(self):
        status = self.started.status(NAME, check=False)
        return int(status["pid"]) if status else None

    def test_killed_on_the_way_changes_nothing(self):
        before = self.digest()
        for attempt in range(3):
            with self.subTest(attempt=attempt):
                made = self.rebuild()
                path = self.started.data / "projections" / f"{NAME}-rebuild"
                wait_until(path.exists, "the rebuild has begun")
                made.end(signal.SIGKILL)
                if not self.started.processes[NAME].is_running():  # it was quicker than the kill
                    self.started.start(NAME)
                self.assertEqual(self.digest(before["position"]), before)

    def test_two_at_once_are_refused(self):
        # A process of that name that only follows is in the way as a rebuild under way would be.
        beside = [*self.started.command_of(NAME), "--name", f"{NAME}-rebuild"]
        first = Process("first", beside, self.started.folder / "first.log")
        self.addCleanup(first.end, signal.SIGKILL)
        wait_until(lambda: self.started.status(f"{NAME}-rebuild", check=False), "it answers")
        second = subprocess.run(
            [str(word) for word in [*self.started.command_of(NAME), "--rebuild"]],
            capture_output=True,
            text=True,
            timeout=patience(60),
        )
        self.assertEqual(second.returncode, 75)
        self.assertIn("in use by another process", second.stderr)
        self.assertTrue(self.started.processes[NAME].is_running())

    def test_one_that_differs_stays_beside(self):
        position = self.digest()["position"]
        self.started.stop(NAME)
        model = next((self.started.data / "projections" / NAME).glob("model-*"))
        self.spoil(model / "data.mdb")
        self.started.start(NAME)
        spoiled = self.digest(position)
        made = self.rebuild()
        self.assertNotEqual(made.popen.wait(timeout=patience(60)), 0)
        self.assertIn("is not the one that answers", made.log_tail())
        self.assertEqual(self.digest(position), spoiled)

    def spoil(self, path):
        """A visit's id becomes another in all its rows, be they in force or left on old pages."""
        data = path.read_bytes()
        self.assertIn(b"v-1234\0", data)
        path.write_bytes(data.replace(b"v-1234\0", b"v-9234\0"))


if __name__ == "__main__":
    main()
