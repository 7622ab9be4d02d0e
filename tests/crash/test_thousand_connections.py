"""A thousand clients at once, each with a connection to append by and one to wait at. Each one is
woken by its own event and no other; when all of them die without a word, nothing is left of them."""

import resource
import selectors
import struct
import uuid

from faults import FaultTest
from fieldledger import OWN_MEMORY_MAX_MIB, main, wait_until
from wire import Peer, ask, field, fields
from writer import READ, STATUS, Outcome, Sent, outcomes_of, packed_event, record_of

CLIENTS = 1_000
WAIT_MS = 25_000
TOGETHER = 100  # requests under way at a time
FILES = 2 * CLIENTS + 200


class Client:
    def __init__(self, run, number):
        self.stream = f"ext/client-{number}"
        self.append_peer = Peer(run / "append.sock", seconds=60)
        self.read_peer = Peer(run / "read.sock", seconds=60)
        self.sent = []

    def greet(self):
        for peer in (self.append_peer, self.read_peer):
            if peer.greet() is None:
                raise AssertionError(f"{self.stream} is not let in")

    def wait(self, position):
        """Parks a read for the next event of its stream."""
        self.read_peer.send(
            field(READ, field(1, position) + field(2, field(1, self.stream)) + field(5, WAIT_MS))
        )

    def append(self):
        self.sent.append(Sent((packed_event(self.stream, "client", uuid.uuid4().bytes),)))
        self.append_peer.send(self.sent[-1].request())

    def close(self):
        self.append_peer.socket.close()
        self.read_peer.socket.close()


class ThousandConnections(FaultTest):
    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < FILES:
            cls.skipTest(cls, f"{FILES} open files are needed, and {hard} allowed")
        # ledgerd inherits the soft limit, and has to raise it by itself
        cls.inherited = min(soft, 1_024)
        cls.limits = soft, hard

    def setUp(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.inherited, self.limits[1]))
        self.started = self.ledger()
        self.files_before = self.ledgerd.open_files()
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, self.limits[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, self.limits)
        self.run_folder = self.started.data / "run"
        self.clients = []
        self.addCleanup(self.close_all)

    def close_all(self):
        for client in self.clients:
            client.close()
        self.clients = []

    def connect_all(self):
        for number in range(CLIENTS):
            self.clients.append(Client(self.run_folder, number))
        for client in self.clients:
            client.greet()

    def ledger_status(self):
        reply = ask(self.run_folder / "read.sock", field(STATUS, b""))
        return fields(fields(fields(reply)[STATUS][0])[10][0])

    def waiting(self):
        return self.ledger_status().get(9, [0])[0]

    @property
    def ledgerd(self):
        return self.started.processes["ledgerd"]

    def all_append(self):
        """Some at a time, so that the answers come while others still ask."""
        for start in range(0, CLIENTS, TOGETHER):
            some = self.clients[start : start + TOGETHER]
            for client in some:
                client.append()
            for client in some:
                (outcome,) = outcomes_of(client.append_peer.receive())
                self.assertIsInstance(outcome, Outcome)
                client.sent[-1].positions = outcome.positions

    def all_wait(self, position):
        for client in self.clients:
            client.wait(position)
        wait_until(lambda: self.waiting() == len(self.clients), "all readers wait")

    def test_each_is_woken_by_its_own_event(self):
        tally = self.tally("1,000 connections that wait and die")
        self.connect_all()
        self.all_append()
        self.all_wait(CLIENTS + 1)
        print(f"own memory with {CLIENTS} waiting: {self.ledgerd.own_memory_mib():.0f} MiB")
        self.assertLess(self.ledgerd.own_memory_mib(), OWN_MEMORY_MAX_MIB)
        self.all_append()
        for client in self.clients:
            page = fields(fields(client.read_peer.receive())[READ][0])
            (record,) = [record_of(data) for data in page[1]]
            self.assertEqual(record.stream, client.stream)
            self.assertEqual((record.position,), client.sent[1].positions)
            self.assertEqual((record.event,), client.sent[1].events)
        self.assertEqual(self.waiting(), 0)
        self.assert_silent()
        self.die(tally)

    def assert_silent(self):
        """Nobody got a second answer."""
        with selectors.DefaultSelector() as selector:
            for client in self.clients:
                for peer in (client.append_peer, client.read_peer):
                    selector.register(peer.socket, selectors.EVENT_READ)
            self.assertEqual(selector.select(0), [])

    def die(self, tally):
        """All at once, while they wait, half of them with a request cut short."""
        sent = [one for client in self.clients for one in client.sent]
        self.all_wait(2 * CLIENTS + 1)
        for client in self.clients[::2]:
            client.append_peer.send_bytes(struct.pack(">BQ", 1, 1_000) + bytes(500))
        self.close_all()
        tally.cuts = CLIENTS
        wait_until(lambda: self.waiting() == 0, "nobody waits any more")
        wait_until(
            lambda: self.ledgerd.open_files() < self.files_before + 20, "connections are closed"
        )
        self.clients = [Client(self.run_folder, CLIENTS)]
        (last,) = self.clients
        last.greet()
        last.append()
        (outcome,) = outcomes_of(last.append_peer.receive())
        self.assertEqual(outcome.positions, (2 * CLIENTS + 1,))
        last.sent[0].positions = outcome.positions
        self.check(self.started, sent + last.sent, tally)
        self.assertLess(self.ledgerd.own_memory_mib(), OWN_MEMORY_MAX_MIB)


if __name__ == "__main__":
    main()
