"""Starting, stopping and misusing the programs."""

import json
import shutil
import subprocess
import time

import facts
from fieldledger import BIN, PROJECTIONS, ProcessTest, main, patience, wait_until

PROGRAMS = ["ledgerd", *(f"ledger-project-{name}" for name in PROJECTIONS), "ledgerctl"]


def run(*words):
    return subprocess.run(
        [BIN / words[0], *words[1:]],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patience(30),
        check=False,
    )


class Start(ProcessTest):
    def test_every_program_explains_itself(self):
        for program in PROGRAMS:
            with self.subTest(program):
                told = run(program, "--help")
                self.assertEqual(told.returncode, 0, told.stderr)
                self.assertIn(f"Usage: {program}", told.stdout)
                self.assertEqual(run(program, "--version").returncode, 0)
                self.assertEqual(run(program, "--no-such-option").returncode, 2)

    def test_every_command_explains_itself(self):
        for command in ("append", "import", "query", "read", "status", "tail", "types"):
            with self.subTest(command):
                told = run("ledgerctl", command, "--help")
                self.assertEqual(told.returncode, 0, told.stderr)
                self.assertIn(f"Usage: ledgerctl {command}", told.stdout)
                self.assertEqual(run("ledgerctl", "help", command).stdout, told.stdout)
                self.assertEqual(run("ledgerctl", command, "--no-such-option=1").returncode, 2)

    def test_words_that_are_no_command(self):
        told = run("ledgerctl", "help")
        self.assertEqual(told.stdout, run("ledgerctl", "--help").stdout)
        self.assertEqual(told.returncode, 0)
        told = run("ledgerctl", "no-such-command", "--json")
        self.assertEqual(told.returncode, 2)
        self.assertEqual(json.loads(told.stdout)["error"]["code"], "usage")
        told = run("ledgerctl", "read", "--no-such-option", "--json")
        self.assertEqual(json.loads(told.stdout)["error"]["code"], "usage")

    def test_a_check_refuses_what_a_start_refuses(self):
        long = "/tmp/" + "x" * 120
        for program in PROGRAMS[:-1]:
            for words in (["--log-level", "loud"], ["--workers", "0"], ["--map-size", "-1"]):
                with self.subTest(f"{program} {words}"):
                    self.assertIn(run(program, "--check-config", *words).returncode, (2, 78))
        self.assertEqual(run("ledgerd", "--check-config", "--data", long).returncode, 78)
        for name in ("../x", "", "a/b", "Upper", "ledgerd", "read"):
            told = run("ledger-project-rep-activity", "--check-config", "--name", name)
            self.assertEqual(told.returncode, 78, told.stdout)
            self.assertIn("cannot be a projection's name", told.stderr)
        told = run("ledgerd", "--check-config", "--read-url", "tcp://" + "x" * 300)
        self.assertEqual(told.returncode, 78)
        self.assertIn("read-url", told.stderr)

    def test_types_explain_themselves(self):
        types = json.loads(run("ledgerctl", "types", "--json").stdout)["types"]
        listed = run("ledgerctl", "types").stdout
        self.assertEqual(len(types), 77)
        for about in types:
            name = about["type"]
            with self.subTest(name):
                self.assertRegex(listed, rf"(?m)^{name} ")
                told = run("ledgerctl", "types", name)
                self.assertEqual(told.returncode, 0, told.stderr)
                for field in about["fields"]:
                    self.assertRegex(told.stdout, rf"(?m)^{field['field']} ")
        (visit,) = (about for about in types if about["type"] == "VisitReported")
        self.assertEqual(visit["category"], "visit")
        self.assertEqual(visit["subjects"], ["visit", "client"])
        fields = {field["field"]: field for field in visit["fields"]}
        self.assertTrue(fields["clientId"]["required"])
        self.assertEqual(fields["clientId"]["subject"], "client")
        self.assertEqual(fields["started"]["takes"], "instant")
        self.assertIn("CALL", fields["channel"]["values"])
        self.assertEqual(run("ledgerctl", "types", "NoSuchType").returncode, 65)

    def test_a_folder_that_cannot_be(self):
        for program in PROGRAMS[:-1]:
            with self.subTest(program):
                self.assertNotEqual(run(program, "--data", "/proc/none").returncode, 0)
                long = run(program, "--data", "/tmp/" + "x" * 120)
                self.assertEqual(long.returncode, 78)
                self.assertIn("107 bytes", long.stderr)

    def test_a_second_one_is_refused(self):
        ledger = self.ledger("rep-activity")
        for name in ("ledgerd", "rep-activity"):
            with self.subTest(name):
                command = [str(word) for word in ledger.command_of(name)]
                second = run(*command)
                self.assertEqual(second.returncode, 75)
                self.assertIn("in use by another process", second.stderr)
        ledger.append(facts.visit("v-1", "c-1"))
        self.assertEqual(ledger.query("rep-activity").row("totals")["visits"], 1)

    def test_an_orderly_end_leaves_nothing_behind(self):
        ledger = self.ledger(*PROJECTIONS)
        ledger.append(facts.visit("v-1", "c-1"))
        ledger.wait_followed()
        names = (*PROJECTIONS, "ledgerd")
        self.assertEqual(ledger.stop(*names), [0] * len(names))
        self.assertEqual(list((ledger.data / "run").iterdir()), [])

    def test_nobody_there(self):
        ledger = self.ledger()
        ledger.stop("ledgerd")
        nobody = ledger.ctl("status", expect=69)
        self.assertEqual(nobody.stdout, "")
        self.assertIn(f"nothing is running at {ledger.data}/run/read.sock", nobody.stderr)
        self.assertEqual(ledger.ctl("read", "--json", expect=69).error["code"], "unavailable")
        self.assertEqual(ledger.append(facts.client("c-1"), expect=69).error["code"], "unavailable")


class Follow(ProcessTest):
    """A projection and its ledger need not come and go together."""

    def visits(self, ledger):
        return ledger.query("rep-activity").row("totals")["visits"]

    def test_the_projection_comes_first(self):
        ledger = self.ledger()
        ledger.stop("ledgerd")
        ledger.start("rep-activity", wait=False)
        ledger.start("ledgerd")
        ledger.append(facts.visit("v-1", "c-1"))
        ledger.wait_ready("rep-activity")
        self.assertEqual(self.visits(ledger), 1)

    def test_the_ledger_goes_and_comes_back(self):
        ledger = self.ledger("rep-activity")
        ledger.append(facts.visit("v-1", "c-1"))
        self.assertEqual(self.visits(ledger), 1)
        ledger.kill("ledgerd")
        answer = ledger.query("rep-activity", follow=False)
        self.assertEqual(answer.row("totals")["visits"], 1, "it answers without its ledger")
        ledger.start("ledgerd")
        ledger.append(facts.visit("v-2", "c-1"))
        self.assertEqual(self.visits(ledger), 2)

    def test_the_projection_goes_and_comes_back(self):
        ledger = self.ledger("rep-activity")
        ledger.append(facts.visit("v-1", "c-1"))
        self.assertEqual(self.visits(ledger), 1)
        ledger.kill("rep-activity")
        ledger.append(facts.visit("v-2", "c-1"))
        ledger.start("rep-activity")
        self.assertEqual(self.visits(ledger), 2)

    def test_another_ledger_in_the_same_place(self):
        """Its positions mean other facts: the model says so, or begins anew, and never mixes."""
        ledger = self.ledger("rep-activity")
        ledger.append(*(facts.visit(f"v-{number}", "c-1") for number in range(5)))
        self.assertEqual(self.visits(ledger), 5)
        ledger.stop("rep-activity", "ledgerd")
        for folder in ("log", "index", "state"):
            for path in (ledger.data / folder).iterdir():
                path.unlink()
        ledger.start("ledgerd")
        ledger.append(facts.visit("other", "c-1"))
        ledger.start("rep-activity")

        def settled():
            report = ledger.status("rep-activity")["projection"]
            if report.get("problem"):
                return True
            return int(report.get("position", 0)) == 1 and self.visits(ledger) == 1

        wait_until(settled, "the projection tells or begins anew")

    def test_another_ledger_is_refused_until_the_model_is_deleted(self):
        ledger = self.ledger("rep-activity")
        ledger.append(facts.visit("v-1", "c-1"))
        self.assertEqual(self.visits(ledger), 1)
        ledger.stop("ledgerd")
        for folder in ("log", "index", "state"):
            for path in (ledger.data / folder).iterdir():
                path.unlink()
        ledger.start("ledgerd")
        ledger.append(*(facts.visit(f"v-{number}", "c-1") for number in range(3)))

        def refused():
            outcome = ledger.ctl("query", "--json", "rep-activity", expect=None)
            return outcome.status != 0 and outcome.error["code"] == "wrong_ledger"

        wait_until(refused, "the projection refuses")
        with self.subTest("a ledger that is away changes nothing of it"):
            ledger.stop("ledgerd")
            until = time.monotonic() + 7  # it notices within 5
            while time.monotonic() < until:
                self.assertTrue(refused())
        ledger.start("ledgerd")
        self.assertTrue(refused())
        ledger.stop("rep-activity")
        shutil.rmtree(ledger.data / "projections" / "rep-activity")
        ledger.start("rep-activity")
        self.assertEqual(self.visits(ledger), 3)

    def test_a_model_that_is_none_is_made_anew(self):
        ledger = self.ledger("rep-activity")
        ledger.append(facts.visit("v-1", "c-1"))
        self.assertEqual(self.visits(ledger), 1)
        ledger.stop("rep-activity")
        (model,) = (ledger.data / "projections" / "rep-activity").glob("model-*")
        (model / "data.mdb").write_bytes(bytes(range(256)) * 200)
        ledger.start("rep-activity")
        self.assertEqual(self.visits(ledger), 1)


class Questions(ProcessTest):
    """Wrong questions, each with its code and exit status."""

    def test_wrong_questions(self):
        ledger = self.ledger("rep-activity", "client-history")
        for words, code, status in (
            (["rep-activity", "no-such-query"], "invalid_value", 65),
            (["rep-activity", "--colour", "blue"], "unknown_field", 65),
            (["rep-activity", "--limit", "many"], "invalid_value", 65),
            (["rep-activity", "--as-of-occurred", "yesterday"], "invalid_time", 65),
            (["rep-activity", "--as-of-recorded", "2026-02-30"], "invalid_time", 65),
            (["rep-activity", "--as-of-position", "-1"], "invalid_value", 65),
            (["rep-activity", "--as-of-position", "99"], "catching_up", 75),
            (["client-history", "timeline"], "missing_field", 65),
            (["no-such-projection"], "usage", 2),
        ):
            with self.subTest(" ".join(words)):
                outcome = ledger.ctl("query", "--json", *words, expect=status)
                self.assertEqual(outcome.error["code"], code)
                self.assertIn(code, outcome.stderr)
        for words in (["query", "nope"], ["status", "nope"]):
            self.assertIn("client-history, rep-activity", ledger.ctl(*words, expect=2).stderr)
        ledger.stop("rep-activity")
        self.assertEqual(ledger.ctl("status", "rep-activity", expect=69).stdout, "")

    def test_a_position_that_does_not_come_in_time(self):
        ledger = self.ledger("rep-activity")
        words = ("rep-activity", "--wait-for", "99", "--timeout", "1")
        self.assertIn("position 99 was not reached", ledger.ctl("query", *words, expect=75).stderr)

    def test_a_question_that_waits(self):
        ledger = self.ledger("rep-activity")
        ledger.append(facts.visit("v-1", "c-1"))
        answer = ledger.query("rep-activity", "--wait-for", "1", follow=False)
        self.assertEqual(answer.row("totals")["visits"], 1)


if __name__ == "__main__":
    main()
