"""Readers that wait for facts to come."""

import json
import signal
import subprocess
import time

import facts
from fieldledger import BIN, ProcessTest, die_with_parent, main, patience, wait_until
from wire import Peer, ask, field, fields

READ, STATUS = 11, 12
WAIT_MS_MAX = 25_000


def read_request(start, wait_ms, filter_=b""):
    return field(READ, field(1, start) + field(2, filter_) + field(5, wait_ms))


class LongPoll(ProcessTest):
    def setUp(self):
        self.started = self.ledger()
        self.path = self.started.data / "run" / "read.sock"

    def peer(self):
        peer = self.enterContext(Peer(self.path, seconds=30))
        peer.greet()
        return peer

    def receive(self, peer):
        """Positions that came, and the last one examined."""
        reply = fields(peer.receive())
        self.assertNotIn(1, reply)
        page = fields(reply[READ][0])
        records = [fields(record) for record in page.get(1, [])]
        positions = [int.from_bytes(record[1][0], "little") for record in records]
        return positions, page.get(2, [0])[0]

    def wait_parked(self, count):
        def parked():
            status = fields(fields(ask(self.path, field(STATUS, b"")))[STATUS][0])
            return fields(status[10][0]).get(9, [0])[0] == count

        wait_until(parked, f"{count} readers wait")

    def test_a_fact_wakes_the_reader(self):
        peer = self.peer()
        peer.send(read_request(1, WAIT_MS_MAX))
        self.wait_parked(1)
        self.started.append(facts.visit("v-1", "c-1"))
        self.assertEqual(self.receive(peer), ([1], 1))

    def test_what_is_there_needs_no_wait(self):
        self.started.append(facts.visit("v-1", "c-1"))
        peer = self.peer()
        peer.send(read_request(1, WAIT_MS_MAX))
        self.assertEqual(self.receive(peer), ([1], 1))

    def test_other_facts_do_not_wake_it(self):
        peer = self.peer()
        peer.send(read_request(1, WAIT_MS_MAX, field(4, "rep-2")))
        self.wait_parked(1)
        for number in range(20):
            self.started.append(facts.visit(f"v-{number}", "c-1", actor="rep-1"))
        self.wait_parked(1)
        self.started.append(facts.visit("v-20", "c-1", actor="rep-2"))
        self.assertEqual(self.receive(peer), ([21], 21))

    def test_nothing_comes(self):
        self.started.append(facts.visit("v-1", "c-1", actor="rep-1"))
        peer = self.peer()
        began = time.monotonic()
        peer.send(read_request(1, 300, field(4, "rep-2")))
        self.assertEqual(self.receive(peer), ([], 1))
        self.assertGreaterEqual(time.monotonic() - began, 0.3)

    def test_a_wait_too_long(self):
        peer = self.peer()
        peer.send(read_request(1, WAIT_MS_MAX + 1))
        self.assertIn(1, fields(peer.receive()))

    def test_many_wait_at_once(self):
        """More than there are threads; each is told, whatever its filter."""
        peers = [(self.peer(), f"rep-{number % 10}") for number in range(200)]
        for peer, actor in peers:
            peer.send(read_request(1, WAIT_MS_MAX, field(4, actor)))
        self.wait_parked(len(peers))
        self.started.append(*(facts.visit(f"v-{i}", "c-1", actor=f"rep-{i}") for i in range(10)))
        for peer, actor in peers:
            position = int(actor.removeprefix("rep-")) + 1
            self.assertEqual(self.receive(peer)[0], [position])

    def test_a_waiting_reader_does_not_hold_up_the_end(self):
        peer = self.peer()
        peer.send(read_request(1, WAIT_MS_MAX))
        self.wait_parked(1)
        began = time.monotonic()
        self.assertEqual(self.started.stop("ledgerd"), [0])
        self.assertLess(time.monotonic() - began, 10)


class Tail(ProcessTest):
    def tail(self, ledger, *arguments):
        """A ledgerctl tail, and the file its lines go to."""
        path = ledger.folder / f"tail-{time.monotonic_ns()}"
        with open(path, "wb") as output:
            process = subprocess.Popen(
                [BIN / "ledgerctl", "tail", "--data", ledger.data, "--json", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                preexec_fn=die_with_parent,
            )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, path

    def wait_positions(self, path, positions):
        def seen():
            lines = path.read_text().splitlines()
            return [int(json.loads(line)["position"]) for line in lines] == positions

        wait_until(seen, f"{positions} in the output")

    def test_it_follows(self):
        ledger = self.ledger()
        ledger.append(facts.visit("v-1", "c-1"))
        process, path = self.tail(ledger, "--from", "1")
        self.wait_positions(path, [1])
        ledger.append(facts.visit("v-2", "c-1"), facts.visit("v-3", "c-1"))
        self.wait_positions(path, [1, 2, 3])
        process.send_signal(signal.SIGINT)
        self.assertIn(process.wait(patience(30)), (0, 130))

    def test_it_filters(self):
        ledger = self.ledger()
        _, path = self.tail(ledger, "--from", "1", "--actor", "rep-2")
        ledger.append(*(facts.visit(f"v-{i}", "c-1", actor=f"rep-{i % 3}") for i in range(9)))
        self.wait_positions(path, [3, 6, 9])

    def test_it_outlives_a_restart_of_the_ledger(self):
        ledger = self.ledger()
        ledger.append(facts.visit("v-1", "c-1"))
        process, path = self.tail(ledger, "--from", "1")
        self.wait_positions(path, [1])
        ledger.kill("ledgerd")
        ledger.start("ledgerd")
        ledger.append(facts.visit("v-2", "c-1"))
        self.wait_positions(path, [1, 2])
        self.assertIsNone(process.poll())


if __name__ == "__main__":
    main()
