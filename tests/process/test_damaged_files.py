"""Files that were lost or cut short: derived ones are made anew, the others are named and left as they are."""

import subprocess

import facts
from fieldledger import ProcessTest, main, patience, wait_until
from wire import Peer
from writer import Writer

NAME = "rep-activity"
VISITS = 400


def cut(path):
    """Takes the end of a file away: the pages that were written last."""
    with open(path, "r+b") as file:
        file.truncate(5 * 4096)


class DamagedFiles(ProcessTest):
    def setUp(self):
        self.started = self.ledger(NAME)
        for first in range(0, VISITS, 40):
            visits = [facts.visit(f"v-{i}", f"c-{i}") for i in range(first, first + 40)]
            self.started.append(*visits)
        self.visits = self.started.query(NAME).row("totals")["visits"]
        self.started.stop(NAME, "ledgerd")

    def refused_start(self):
        """What ledgerd says when it does not start."""
        return subprocess.run(
            self.started.command_of("ledgerd"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience(30),
            check=False,
        )

    def test_a_log_that_is_lost_is_not_begun_anew(self):
        log = self.started.data / "log" / "data.mdb"
        kept = log.rename(log.with_suffix(".kept"))
        for empty in (False, True):
            with self.subTest(empty=empty):
                if empty:
                    log.touch()
                told = self.refused_start()
                self.assertNotEqual(told.returncode, 0)
                self.assertIn(f"{log} is missing or empty", told.stderr)
                self.assertEqual(log.exists() and log.stat().st_size, 0)
        kept.rename(log)
        self.started.start("ledgerd", NAME)
        self.assertEqual(self.started.query(NAME).row("totals")["visits"], self.visits)

    def test_a_log_or_state_that_was_cut_is_named(self):
        for name in ("state", "log"):
            with self.subTest(name):
                path = self.started.data / name / "data.mdb"
                whole = path.read_bytes()
                cut(path)
                if path.stat().st_size >= len(whole):
                    self.skipTest(f"{name} has no more than that")
                told = self.refused_start()
                self.assertNotIn(told.returncode, (0, -7, -11), told.stderr)
                self.assertIn(f"{path} has been cut short", told.stderr)
                self.assertEqual(path.stat().st_size, 5 * 4096)
                path.write_bytes(whole)
        self.started.start("ledgerd", NAME)
        self.assertEqual(self.started.query(NAME).row("totals")["visits"], self.visits)

    def leave_in_journal(self):
        """How many facts the log's environment has, and how many more only the journal."""
        self.started.start("ledgerd")
        writer = Writer(self.started.data / "run" / "append.sock", "late")

        def append():
            with Peer(writer.path, seconds=30) as peer:
                peer.greet()
                self.assertTrue(writer.write_one(peer))

        waiting = self.started.kill_unsettled(append)
        return int(self.started.ctl("verify", "--offline", "--json").json["position"]), waiting

    def test_facts_in_the_journal_are_verified_and_taken_in(self):
        settled, waiting = self.leave_in_journal()
        told = self.started.ctl("verify", "--offline").stdout
        self.assertIn(f"{waiting} more are in the journal", told)
        self.started.start("ledgerd", NAME)
        self.assertEqual(self.started.head(), settled + waiting)
        self.started.ctl("verify")
        self.started.stop(NAME, "ledgerd")
        (self.started.data / "log" / "journal").unlink()  # stopped in order, nobody needs it
        self.started.start("ledgerd")
        self.assertEqual(self.started.head(), settled + waiting)

    def test_a_lost_journal_is_told_and_what_is_left_can_be_saved(self):
        settled, _ = self.leave_in_journal()
        (self.started.data / "log" / "journal").unlink()
        told = self.started.ctl("verify", "--offline", expect=74)
        self.assertIn(f"position {settled + 1}, journal: ", told.stderr)
        told = self.refused_start()
        self.assertEqual(told.returncode, 74)
        self.assertIn("journal is missing", told.stderr)
        self.started.options = [*self.started.options, "--forget-journal"]
        self.started.start("ledgerd")
        self.assertEqual(self.started.head(), settled)
        refused = self.started.append(facts.visit("v-new", "c-new"), expect=None)
        self.assertIn("started without its journal", refused.stdout + refused.stderr)
        export, copy = self.started.folder / "export", self.started.folder / "copy"
        self.started.ctl("export", "--output", export)
        self.started.ctl("restore", export, "--data", copy)
        told = self.started.ctl("verify", "--offline", "--data", copy, "--json").json
        self.assertEqual(int(told["position"]), settled)

    def test_an_index_and_a_model_that_were_cut_are_made_anew(self):
        cut(self.started.data / "index" / "data.mdb")
        (model,) = (self.started.data / "projections" / NAME).glob("model-*/data.mdb")
        cut(model)
        self.started.start("ledgerd", NAME)
        self.assertEqual(self.started.query(NAME).row("totals")["visits"], self.visits)
        self.assertEqual(self.started.append(facts.visit("v-0", "c-0"), expect=None).status, 0)
        self.started.ctl("verify")

    def test_a_model_that_is_cut_in_use_is_named_and_made_anew_next_time(self):
        self.started.start("ledgerd", NAME)
        (model,) = (self.started.data / "projections" / NAME).glob("model-*/data.mdb")
        cut(model)
        self.started.ctl("query", NAME, "parked", "--timeout", "2", expect=None)
        self.started.append(facts.visit("v-new", "c-new"))
        process = self.started.processes[NAME]
        wait_until(lambda: not process.is_running(), "it ends")
        self.assertEqual(process.popen.returncode, 74)
        self.assertIn(f"{model} cannot be read at byte", process.log_tail())
        del self.started.processes[NAME]
        self.started.start(NAME)
        self.assertEqual(self.started.query(NAME).row("totals")["visits"], self.visits + 1)


if __name__ == "__main__":
    main()
