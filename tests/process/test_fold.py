"""A program with another fold than the model it finds: the former model goes on answering until
the new one, made beside it, has come as far."""

import signal
import subprocess

import facts
from fieldledger import BIN, Process, ProcessTest, die_with_parent, main, patience, wait_until

NAME = "fold"
# A process that is asked to stop commits whole pages. There are so many that the stop comes before
# the last.
VISITS, PAGE = 45_000, 10_000
EXIT_RETRY_LATER = 75


class Fold(ProcessTest):
    def setUp(self):
        self.started = self.ledger()
        self.hold_file = self.started.folder / "hold"
        self.models = self.started.data / "projections" / NAME
        self.starts = 0

    def append_visits(self, count, prefix="v"):
        self.started.append(*(facts.visit(f"{prefix}-{i}", "c-1") for i in range(count)))

    def start(self, fold_version, rows_since=0):
        """Returns once it answers."""
        settings = {"FOLD_VERSION": fold_version, "ROWS_SINCE": rows_since}
        settings["FOLD_HOLD"] = self.hold_file
        command = ["env", *(f"{key}={value}" for key, value in settings.items())]
        command += self.started.command_of(NAME)
        self.starts += 1
        process = Process(NAME, command, self.started.folder / f"{NAME}-{self.starts}.log")
        self.addCleanup(process.end, signal.SIGKILL)
        self.started.processes[NAME] = process
        self.started.wait_ready(NAME)
        return process

    def hold(self, position):
        """From now on, facts after the position wait."""
        whole = self.hold_file.with_suffix(".new")
        whole.write_text(str(position))
        whole.rename(self.hold_file)

    def go_on(self):
        self.hold_file.unlink()

    def first_model(self, visits):
        self.append_visits(visits)
        process = self.start(1)
        self.started.wait_followed(NAME)
        self.assertEqual(process.end(signal.SIGTERM), 0)

    def ask(self, *arguments, **options):
        return self.started.ctl("query", NAME, "visits", "--json", *arguments, **options)

    def visits(self, *arguments):
        """(fold that made the rows, how many, position, notes)."""
        answer = self.ask(*arguments).json
        (row,) = answer["tables"]["visits"]
        return row["fold"], row["visits"], int(answer["position"]), answer["notes"]

    def projection(self):
        return self.started.status(NAME)["projection"]

    def folders(self):
        return sorted(path.name.rsplit(".", 1)[1] for path in self.models.glob("model-*"))

    def wait_made(self):
        wait_until(lambda: "former" not in self.projection(), "the new model answers")
        wait_until(lambda: len(self.folders()) == 1, "the former model is deleted")

    def note(self, fold_version, position, percent):
        return (
            f"Made by fold version {fold_version}, and nothing after position {position} is in it: "
            f"the model is being made anew by fold version 2, {percent}% there."
        )

    def test_the_former_model_answers_until_the_new_one_has_come_as_far(self):
        self.first_model(30)
        self.hold(0)
        self.start(2, rows_since=1)
        self.append_visits(5, "late")
        self.assertEqual(self.visits(), (1, 30, 30, [self.note(1, 30, 0)]))
        self.assertEqual(self.visits("--as-of-position", "12")[:3], (1, 12, 12))
        former = {"foldVersion": 1, "position": "30", "answers": True}
        self.assertEqual(self.projection()["former"], former)
        self.assertEqual(self.projection()["foldVersion"], 2)
        shown = self.started.ctl("status").stdout
        self.assertRegex(shown, "(?m)^fold +made anew")
        self.assertRegex(self.started.ctl("status", NAME).stdout, "former model's position +30\n")
        self.go_on()
        self.wait_made()
        self.started.wait_followed(NAME)
        self.assertEqual(self.visits(), (2, 35, 35, []))
        self.assertEqual(self.visits("--as-of-position", "12"), (2, 12, 12, []))
        self.assertEqual(self.folders(), ["2"])

    def test_one_who_waits_for_more_gets_the_new_model(self):
        self.first_model(30)
        self.append_visits(5, "late")
        self.hold(0)
        self.start(2, rows_since=1)
        self.assertEqual(self.visits("--wait-for", "30")[:3], (1, 30, 30))
        command = ["query", NAME, "visits", "--json", "--wait-for", "33"]
        waiting = subprocess.Popen(
            [BIN / "ledgerctl", *command, "--data", self.started.data],
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        self.addCleanup(waiting.wait)
        self.addCleanup(waiting.kill)
        self.assertEqual(self.visits()[:3], (1, 30, 30))
        self.assertIsNone(waiting.poll())
        self.go_on()
        output, _ = waiting.communicate(timeout=patience(60))
        self.assertEqual(waiting.returncode, 0)
        self.assertIn(b'"foldVersion": 2', output)

    def test_rows_that_cannot_be_read_are_not_answered_from(self):
        self.first_model(30)
        self.hold(0)
        self.start(2)
        refused = self.ask(expect=EXIT_RETRY_LATER)
        self.assertEqual(refused.error["code"], "catching_up")
        self.assertEqual(
            refused.error["message"],
            "fold is being made anew by fold version 2, 0% there: position 0 of 30. The model of "
            "fold version 1 cannot be read any more",
        )
        self.assertFalse(self.projection()["former"].get("answers", False))
        self.go_on()
        self.wait_made()
        self.assertEqual(self.visits(), (2, 30, 30, []))

    def test_killed_at_any_moment(self):
        self.first_model(VISITS)
        self.hold(PAGE + 1)
        process = self.start(2, rows_since=1)
        self.assertEqual(self.visits()[:3], (1, VISITS, VISITS))
        process.end(signal.SIGKILL)
        process = self.start(2, rows_since=1)  # nothing was committed: from the beginning
        self.assertEqual(self.visits(), (1, VISITS, VISITS, [self.note(1, VISITS, 0)]))
        wait_until(lambda: f"held at {PAGE + 2}" in process.log_tail(), "it is in the second page")
        process.popen.send_signal(signal.SIGTERM)
        wait_until(lambda: "stopping" in process.log_tail(), "it is told to stop")
        self.go_on()
        self.assertEqual(process.end(signal.SIGTERM), 0)
        made = self.position_left(process)
        self.hold(made)
        process = self.start(2, rows_since=1)
        share = made * 100 // VISITS
        self.assertEqual(self.visits(), (1, VISITS, VISITS, [self.note(1, VISITS, share)]))
        self.assertEqual(self.visits("--as-of-position", str(made)), (2, made, made, []))
        process.end(signal.SIGKILL)
        self.go_on()
        self.start(2, rows_since=1)
        self.wait_made()
        self.assertEqual(self.visits(), (2, VISITS, VISITS, []))

    def position_left(self, process):
        """How far the process had come when it stopped: whole pages, and not all of them."""
        position = int(process.log_tail().rsplit("position=", 1)[1].split()[0])
        self.assertIn(position, range(2 * PAGE, VISITS, PAGE))
        return position

    def test_the_new_fold_is_withdrawn_and_comes_again(self):
        self.first_model(30)
        self.hold(0)
        process = self.start(2, rows_since=1)
        process.end(signal.SIGKILL)
        process = self.start(1)  # the older program finds its own model as it was
        self.assertEqual(self.visits(), (1, 30, 30, []))
        wait_until(lambda: self.folders() == ["1"], "what was begun is deleted")
        process.end(signal.SIGKILL)
        self.start(2, rows_since=1)
        self.assertEqual(self.visits()[:3], (1, 30, 30))

    def test_rebuilt_from_outside_meanwhile(self):
        self.first_model(30)
        self.hold(0)
        process = self.start(2, rows_since=1)
        command = ["env", "FOLD_VERSION=2", *self.started.command_of(NAME), "--rebuild"]
        made = Process("made", command, self.started.folder / "made.log")
        self.addCleanup(made.end, signal.SIGKILL)
        wait_until(lambda: "stopping" in process.log_tail(), "it is asked to end")
        self.go_on()
        self.assertEqual(process.popen.wait(timeout=patience(60)), 0)
        wait_until(lambda: self.status_pid() == made.pid, "the one made anew answers")
        self.assertIn("for another fold: not compared", made.log_tail())
        self.assertEqual(self.visits(), (2, 30, 30, []))
        self.assertEqual(self.folders(), ["2"])

    def status_pid(self):
        status = self.started.status(NAME, check=False)
        return int(status["pid"]) if status else None

    def test_a_former_model_of_another_ledger_does_not_answer(self):
        self.first_model(30)
        other = self.ledger()
        self.models.parent.rename(other.data / "projections")
        self.started, self.models = other, other.data / "projections" / NAME
        self.append_visits(40)
        self.start(2, rows_since=1)
        self.wait_made()
        self.started.wait_followed(NAME)
        self.assertEqual(self.visits(), (2, 40, 40, []))

    def test_a_second_process_leaves_both_models_alone(self):
        self.first_model(30)
        self.hold(0)
        self.start(2, rows_since=1)
        command = ["env", "FOLD_VERSION=1", *self.started.command_of(NAME)]
        older = Process("older", command, self.started.folder / "older.log")
        self.addCleanup(older.end, signal.SIGKILL)
        self.assertEqual(older.popen.wait(timeout=patience(60)), EXIT_RETRY_LATER)
        self.assertIn("in use by another process", older.log_tail())
        self.assertEqual(self.folders(), ["1", "2"])
        self.assertEqual(self.visits()[:3], (1, 30, 30))


if __name__ == "__main__":
    main()
