"""Named cursors: moved, listed, deleted, followed by `ledgerctl tail`, and what they outlive."""

import calendar
import json
import shutil
import signal
import subprocess
import threading
import time

import facts
from fieldledger import BIN, ProcessTest, die_with_parent, main, patience, wait_until
from tracing import Tracer, need_tracing
from wire import Peer, ask, field, fields

MOVE, LIST, DELETE = 17, 18, 19
CURSORS_MAX = 10_000
IN_FLIGHT = 200
MOVER_POSITIONS = 200


def move_request(name, position, expected=None, identity=None):
    parts = [
        field(number, value)
        for number, value in ((1, name), (2, position), (3, identity), (4, expected))
        if value is not None
    ]
    return field(MOVE, b"".join(parts))


def error_of(reply):
    """The code of a reply's error; None if it is none."""
    found = fields(reply)
    return fields(found[1][0])[2][0].decode() if 1 in found else None


class CursorTest(ProcessTest):
    def setUp(self):
        self.started = self.ledger()
        self.path = self.started.data / "run" / "read.sock"

    def append(self, count):
        self.started.append(*(facts.visit(f"v-{n}", "c-1") for n in range(count)))

    def move(self, *arguments, **more):
        return error_of(ask(self.path, move_request(*arguments, **more)))

    def list(self):
        """{name: cursor}, as `ledgerctl cursors` tells it."""
        found = self.started.ctl("cursors", "--json").json.get("cursors", [])
        return {one["name"]: one for one in found}

    def positions(self):
        return {name: int(one["position"]) for name, one in self.list().items()}

    def restart(self):
        self.started.kill("ledgerd")
        self.started.start("ledgerd")


class Cursors(CursorTest):
    def test_there_and_back(self):
        self.append(5)
        self.assertEqual(self.list(), {})
        for name, position in (("b", 3), ("a", 5), ("b", 1), ("ключ 1", 0), ("x" * 128, 2)):
            self.assertIsNone(self.move(name, position))
        expected = {"a": 5, "b": 1, "x" * 128: 2, "ключ 1": 0}
        self.assertEqual(self.positions(), expected)
        self.assertEqual(list(self.positions()), list(expected), "by name")
        self.assertEqual(self.started.status()["ledger"]["cursors"], 4)

    def test_delete(self):
        self.append(3)
        names = [f"c-{n}" for n in range(30)]
        for name in names:
            self.move(name, 3)
        for name in ("c-0", "c-2", "c-29", "c-15"):
            reply = ask(self.path, field(DELETE, field(1, name)))
            self.assertEqual(fields(reply)[DELETE], [field(1, 1)])
            names.remove(name)
            self.assertEqual(self.positions(), dict.fromkeys(names, 3))
        reply = ask(self.path, field(DELETE, field(1, "c-0")))
        self.assertEqual(fields(reply)[DELETE], [field(1, 0)])
        self.restart()
        self.assertEqual(self.positions(), dict.fromkeys(names, 3))

    def test_what_is_refused(self):
        self.append(3)
        one = fields(ask(self.path, field(LIST, b"")))[LIST][0]
        ours = fields(fields(one)[3][0])
        other = field(1, bytes(16)) + field(2, ours[2][0])
        later = field(1, ours[1][0]) + field(2, ours[2][0] + 1)
        for what, request, code in (
            ("no name", field(MOVE, field(2, 1)), "missing_field"),
            ("an empty name", move_request("", 1), "missing_field"),
            ("a long name", move_request("x" * 129, 1), "too_large"),
            ("a name that is not UTF-8", move_request(b"\xff", 1), "invalid_utf8"),
            ("a line end", move_request("a\n", 1), "invalid_value"),
            ("an escape", move_request("\x1b[1m", 1), "invalid_value"),
            ("a DEL", move_request("a\x7f", 1), "invalid_value"),
            ("a C1 control", move_request("a\x9bm", 1), "invalid_value"),
            ("no position", field(MOVE, field(1, "a")), "missing_field"),
            ("a position to come", move_request("a", 4), "wrong_ledger"),
            ("another ledger's", move_request("a", 1, identity=other), "wrong_ledger"),
            ("a later restore's", move_request("a", 1, identity=later), "wrong_ledger"),
            ("another than expected", move_request("a", 1, expected=1), "cursor_moved"),
            ("to delete without a name", field(DELETE, b""), "missing_field"),
            ("to list a line end", field(LIST, field(1, "\n")), "invalid_value"),
        ):
            with self.subTest(what):
                self.assertEqual(error_of(ask(self.path, request)), code)
        self.assertEqual(self.list(), {})

    def test_expected_positions(self):
        self.append(9)
        for position, expected, code in (
            (4, 1, "cursor_moved"),
            (4, 0, None),
            (5, 0, "cursor_moved"),
            (5, 3, "cursor_moved"),
            (9, 4, None),
            (2, 9, None),
            (2, 2, None),
        ):
            with self.subTest(position=position, expected=expected):
                self.assertEqual(self.move("a", position, expected), code)
        self.assertEqual(self.positions(), {"a": 2})
        message = self.started.ctl("cursors", "move", "a", "3", "--expected", "5", expect=65).stderr
        self.assertIn("is at position 2", message)

    def test_one_wins(self):
        """Whoever counts up from the same place is told apart: no step is taken twice."""
        self.append(60)
        self.move("shared", 0)
        won, problems = [], []

        def count_up():
            try:
                with Peer(self.path, seconds=30) as peer:
                    peer.greet()
                    for position in range(60):
                        peer.send(move_request("shared", position + 1, position))
                        code = error_of(peer.receive())
                        if code is None:
                            won.append(position)
                        elif code != "cursor_moved":
                            problems.append(code)
            except Exception as problem:  # shown by the test's own thread
                problems.append(problem)

        threads = [threading.Thread(target=count_up) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        self.assertEqual(sorted(won), list(range(60)))
        self.assertEqual(self.positions(), {"shared": 60})

    def test_lag(self):
        self.append(3)
        self.append(2)  # a block of its own
        recorded = [moment_of(one["recordedAt"]) for one in self.started.read()]
        for position in range(6):
            self.move(f"at-{position}", position)
        before = time.time_ns() // 1000
        found = self.list()
        after = time.time_ns() // 1000
        for position in range(6):
            cursor = found[f"at-{position}"]
            self.assertEqual(int(cursor["lagEvents"]), 5 - position)
            self.assertFalse(cursor["stale"])
            if position == 5:
                self.assertEqual(int(cursor["lagMicros"]), 0)
            else:
                lag = int(cursor["lagMicros"])
                self.assertLessEqual(before - recorded[position], lag)
                self.assertLessEqual(lag, after - recorded[position])

    def test_no_more_than_there_may_be(self):
        self.append(1)
        with Peer(self.path, seconds=60) as peer:
            peer.greet()
            for first in range(0, CURSORS_MAX, IN_FLIGHT):
                names = [f"c-{number}" for number in range(first, first + IN_FLIGHT)]
                for number, name in enumerate(names):
                    peer.send(move_request(name, 1), request_id=number)
                for _ in names:
                    self.assertIsNone(error_of(peer.receive()))
        self.assertEqual(self.move("one-too-many", 1), "too_large")
        self.assertIsNone(self.move("c-77", 0), "those that are there still move")
        self.assertEqual(len(self.list()), CURSORS_MAX)
        self.started.ctl("cursors", "delete", "c-78")
        self.assertIsNone(self.move("one-more", 1))
        self.assertEqual(self.move("one-too-many", 1), "too_large")

    def test_a_nearly_full_disk(self):
        """Refused before it is hit, and the service goes on."""
        self.append(1)
        self.move("a", 1)
        self.started.stop("ledgerd")
        free_mib = shutil.disk_usage(self.started.data).free >> 20
        if free_mib >= 1 << 20:
            self.skipTest("the largest --disk-reserve is less than what is free here")
        self.started.options = ["--disk-reserve", str(1 << 20)]
        self.started.start("ledgerd")
        self.assertEqual(self.move("a", 0), "disk_reserve")
        self.assertEqual(error_of(ask(self.path, field(DELETE, field(1, "a")))), "disk_reserve")
        self.assertEqual(self.positions(), {"a": 1})


class WhatCursorsOutlive(CursorTest):
    def test_an_end_a_kill_and_the_loss_of_the_index(self):
        self.append(4)
        self.move("a", 4)
        self.started.stop("ledgerd")
        self.started.start("ledgerd")
        self.assertEqual(self.positions(), {"a": 4})
        self.move("b", 2)
        self.started.kill("ledgerd")
        shutil.rmtree(self.started.data / "index")
        self.started.start("ledgerd")
        self.assertEqual(self.positions(), {"a": 4, "b": 2})
        self.assertEqual(self.list()["b"]["lagEvents"], "2")

    def test_what_was_answered_is_there_after_a_kill(self):
        """Each of several movers finds its cursor at its last answer, or at the move that was
        under way."""
        self.append(MOVER_POSITIONS)
        for round_ in range(3):
            movers = [Mover(self.path, f"{round_}-{number}") for number in range(8)]
            for mover in movers:
                mover.start()
            wait_until(lambda: all(mover.answered >= 5 for mover in movers), "all have moved")
            self.started.kill("ledgerd")
            for mover in movers:
                mover.join()
                self.assertIsNone(mover.problem)
            self.started.start("ledgerd")
            found = self.positions()
            for mover in movers:
                self.assertIn(found[mover.name], (mover.answered, mover.next()))

    def test_a_sync_that_fails(self):
        """The move is not answered, the ledger ends, and the next start sees what is on the disk."""
        need_tracing()
        self.append(3)
        self.move("a", 1)
        process = self.started.processes["ledgerd"]
        file, log = self.started.data / "state" / "data.mdb", self.started.folder / "strace.log"
        with Tracer(process, log, "inject=fdatasync:error=EIO", only=file):
            self.assertIsNone(ask(self.path, move_request("a", 2)))
            self.assertEqual(process.popen.wait(patience(30)), 74)
        self.started.start("ledgerd")
        self.assertIn(self.positions()["a"], (1, 2))
        self.assertEqual(self.started.head(), 3)
        self.assertIsNone(self.move("a", 3))

    def test_another_ledgers_state(self):
        """Refused, with both names; nothing is thrown away."""
        self.append(2)
        self.move("a", 2)
        other = self.ledger()
        for ledger in (self.started, other):
            ledger.stop("ledgerd")
        mine, theirs = self.started.data / "state", other.data / "state"
        shutil.rmtree(theirs)
        shutil.copytree(mine, theirs)
        other.start("ledgerd", wait=False)
        process = other.processes["ledgerd"]
        self.assertEqual(process.popen.wait(patience(30)), 65)
        self.assertIn("code=wrong_ledger", process.log_tail())
        self.assertIn("belongs to the ledger", process.log_tail())
        self.assertEqual((mine / "data.mdb").read_bytes(), (theirs / "data.mdb").read_bytes())
        shutil.rmtree(theirs)
        other.start("ledgerd")
        self.assertEqual(other.ctl("cursors", "--json").json.get("cursors", []), [])
        self.started.start("ledgerd")
        self.assertEqual(self.positions(), {"a": 2})

    def test_a_restored_ledger(self):
        """Cursors of another epoch are shown as stale, and move only for who says nothing of where
        they were."""
        self.append(3)
        self.move("a", 2)
        self.started.stop("ledgerd")
        self.set_epoch("a", 2, 7)
        self.started.start("ledgerd")
        cursor = self.list()["a"]
        self.assertTrue(cursor["stale"])
        self.assertEqual(cursor["identity"]["epoch"], "7")
        self.assertNotIn("lagEvents", cursor)
        self.assertIn("stale", self.started.ctl("cursors").stdout)
        refused = self.started.ctl("tail", "--cursor", "a", "--json", expect=65)
        self.assertEqual(refused.error["code"], "wrong_ledger")
        self.assertEqual(self.move("a", 3, expected=2), "cursor_moved")
        self.assertIsNone(self.move("a", 3))
        self.assertFalse(self.list()["a"]["stale"])

    def set_epoch(self, name, position, epoch):
        """In the stored row: position, ledger id, epoch, all big-endian. Nothing makes another
        epoch yet."""
        path = self.started.data / "state" / "data.mdb"
        data = path.read_bytes()
        marker = name.encode() + position.to_bytes(8, "big")
        at = [n for n in range(len(data)) if data.startswith(marker, n)]
        self.assertTrue(at)
        for one in at:
            begin = one + len(marker) + 16
            self.assertEqual(data[begin : begin + 8], (1).to_bytes(8, "big"))
            data = data[:begin] + epoch.to_bytes(8, "big") + data[begin + 8 :]
        path.write_bytes(data)


class Mover(threading.Thread):
    """Moves a cursor up, one by one and round again, until the connection breaks; `answered` is
    where it was last."""

    def __init__(self, path, name):
        super().__init__(daemon=True)
        self.path, self.name, self.answered, self.problem = path, name, 0, None

    def next(self):
        return self.answered % MOVER_POSITIONS + 1

    def run(self):
        try:
            with Peer(self.path, seconds=30) as peer:
                peer.greet()
                while True:
                    peer.send(move_request(self.name, self.next()))
                    reply = peer.receive()
                    if reply is None:
                        return
                    code = error_of(reply)
                    if code is not None:
                        raise AssertionError(code)
                    self.answered = self.next()
        except OSError:
            pass
        except Exception as problem:  # shown by the test's own thread
            self.problem = problem


class Tail(CursorTest):
    def tail(self, *arguments):
        """A ledgerctl tail, and the file its lines go to."""
        path = self.started.folder / f"tail-{time.monotonic_ns()}"
        with open(path, "wb") as output:
            process = subprocess.Popen(
                [BIN / "ledgerctl", "tail", "--data", self.started.data, "--json", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                preexec_fn=die_with_parent,
            )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, path

    def printed(self, path):
        """Positions; a line that a kill cut short is none."""
        lines = path.read_text().split("\n")[:-1]
        return [int(json.loads(line)["position"]) for line in lines]

    def wait_cursor(self, position, name="t"):
        wait_until(lambda: self.positions().get(name) == position, f"{name} is at {position}")

    def test_it_goes_on_where_it_was(self):
        self.append(3)
        process, path = self.tail("--cursor", "t", "--from", "2")
        self.wait_cursor(3)
        self.append(1)
        self.wait_cursor(4)
        self.assertEqual(self.printed(path), [2, 3, 4])
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(patience(30)), 0)
        self.append(2)
        self.assertEqual(self.positions(), {"t": 4})
        _, path = self.tail("--cursor", "t", "--from", "2")
        self.wait_cursor(6)
        self.assertEqual(self.printed(path), [5, 6])

    def test_a_new_cursor_begins_at_the_end(self):
        self.append(3)
        _, path = self.tail("--cursor", "t")
        self.wait_cursor(3)
        self.append(2)
        self.wait_cursor(5)
        self.assertEqual(self.printed(path), [4, 5])

    def test_or_at_a_time(self):
        self.append(2)
        self.append(2)
        third = self.started.read()[2]["recordedAt"]
        _, path = self.tail("--cursor", "t", "--since", third)
        self.wait_cursor(4)
        self.assertEqual(self.printed(path), [3, 4])

    def test_killed_at_any_moment_it_misses_nothing(self):
        """What is printed twice is what came right before a kill, in the same order."""
        stop = threading.Event()
        writer = threading.Thread(target=self.write_until, args=(stop,))
        writer.start()
        seen = []
        try:
            for _ in range(4):
                process, path = self.tail("--cursor", "t", "--from", "1")
                wait_until(lambda: self.printed(path)[4:], "some facts are printed")
                process.kill()
                process.wait()
                seen.append(self.printed(path))
        finally:
            stop.set()
            writer.join()
        self.append(1)  # there is something left to print
        _, path = self.tail("--cursor", "t", "--from", "1")
        head = self.started.head()
        self.wait_cursor(head)
        seen.append(self.printed(path))
        self.assertEqual(seen[0][0], 1)
        for positions in seen:
            steps = list(range(positions[0], positions[0] + len(positions)))
            self.assertEqual(positions, steps, "in order, without a gap")
        for before, after in zip(seen, seen[1:]):
            self.assertLessEqual(after[0], before[-1] + 1, "nothing between two runs is missed")
        self.assertEqual(seen[-1][-1], head)

    def test_nothing_counts_as_dealt_with_before_it_is_out(self):
        """A page larger than a pipe holds cannot be out while nobody reads."""
        self.append(500)
        command = [BIN / "ledgerctl", "tail", "--data", self.started.data, "--json"]
        command += ["--cursor", "t", "--from", "1"]
        for kill in (True, False):
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=die_with_parent
            )
            self.addCleanup(process.stdout.close)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            self.assertEqual(json.loads(process.stdout.readline())["position"], "1")
            self.assertEqual(self.positions(), {"t": 0})
            if kill:
                process.kill()
        for position in range(2, 501):
            self.assertEqual(json.loads(process.stdout.readline())["position"], str(position))
        self.wait_cursor(500)

    def write_until(self, stop):
        while not stop.is_set():
            self.append(3)

    def test_what_its_filter_passes_over_counts_as_dealt_with(self):
        _, path = self.tail("--cursor", "t", "--from", "1", "--actor", "rep-2")
        self.wait_cursor(0)
        self.started.append(*(facts.visit(f"v-{i}", "c-1", actor=f"rep-{i % 3}") for i in range(8)))
        wait_until(lambda: self.printed(path) == [3, 6], "both are printed")
        self.wait_cursor(8)

    def test_it_outlives_a_restart_of_the_ledger(self):
        self.append(1)
        process, path = self.tail("--cursor", "t", "--from", "1")
        self.wait_cursor(1)
        self.restart()
        self.append(1)
        self.wait_cursor(2)
        self.assertEqual(self.printed(path), [1, 2])
        self.assertIsNone(process.poll())

    def test_a_cursor_that_somebody_else_moves(self):
        self.append(3)
        process, _ = self.tail("--cursor", "t", "--from", "1")
        self.wait_cursor(3)
        self.started.ctl("cursors", "move", "t", "1")
        self.append(1)
        self.assertEqual(process.wait(patience(30)), 65)
        self.assertIn("cursor_moved", process.stderr.read().decode())
        self.assertEqual(self.positions(), {"t": 1})


class Command(CursorTest):
    def test_words(self):
        self.append(4)
        ctl = self.started.ctl
        self.assertIn("no named cursors", ctl("cursors").stdout)
        ctl("cursors", "move", "billing", "start")
        ctl("cursors", "move", "mail out", "head")
        ctl("cursors", "move", "third", "0,003")
        self.assertEqual(self.positions(), {"billing": 0, "mail out": 4, "third": 3})
        rows = [line.split() for line in ctl("cursors").stdout.splitlines()]
        self.assertEqual(rows[0], ["cursor", "position", "behind", "for", "moved"])
        self.assertEqual([row[:3] for row in rows[1:2]], [["billing", "0", "4"]])
        self.assertEqual(rows[2][:5], ["mail", "out", "4", "0", "–"])
        status = ctl("status", "ledgerd").stdout
        self.assertRegex(status, r"named cursors +3\n")
        self.assertRegex(status, r"furthest behind +billing: 4 facts, ")
        moved = ctl("cursors", "move", "billing", "1", "--expected", "0", "--json").json
        self.assertEqual((moved["position"], moved["lagEvents"]), ("1", "3"))
        self.assertEqual(ctl("cursors", "delete", "third", "--json").json, {"deleted": True})
        self.assertEqual(ctl("cursors", "delete", "third", "--json", expect=1).error["code"], "not_found")

    def test_wrong_use(self):
        for words in (
            ("mvoe", "a", "1"),
            ("move", "a"),
            ("move", "a", "one"),
            ("move", "a", "-1"),
            ("move", "a", "1", "--expected", "x"),
            ("delete",),
            ("delete", "a", "b"),
            ("--expected", "1"),
            ("delete", "a", "--expected", "1"),
        ):
            with self.subTest(words):
                self.started.ctl("cursors", *words, expect=2)
        self.assertEqual(self.list(), {})


def moment_of(text):
    """Microseconds since 1970 of an instant in UTC."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    whole = time.strptime(seconds + " UTC", "%Y-%m-%dT%H:%M:%S %Z")
    return calendar.timegm(whole) * 1_000_000 + int(fraction.ljust(6, "0") or 0)


if __name__ == "__main__":
    main()
