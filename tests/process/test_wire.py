"""Byte for byte: what a broken or hostile peer may send, and that the service goes on."""

import random
import uuid

from fieldledger import ProcessTest, main, wait_until
from wire import REP, Peer, ask, field, fields, frame, hello

APPEND, READ, STATUS = 10, 11, 12  # of Request and Reply
REQUEST_SIZE_MAX = 8 << 20
FACT = {"id": 1, "stream": 2, "type": 3, "occurred": 5, "actor": 6, "subjects": 8, "payload": 16}


def packed_visit(**changes):
    """A packed Event; `changes` replace the packed content of a field, None takes it out."""
    parts = {
        "id": uuid.uuid4().bytes,
        "stream": "visit/v-1",
        "type": "VisitReported",
        "occurred": field(2, field(1, 40_000)),  # a date
        "actor": "rep-1",
        "subjects": [subject("visit", "v-1"), subject("client", "c-1")],
        "payload": field(1, "v-1") + field(2, "c-1"),
        **changes,
    }
    return b"".join(field(FACT[name], value) for name, value in parts.items() if value is not None)


def subject(kind, id_):
    return field(1, kind) + field(2, id_)


def append(*events):
    return field(APPEND, field(1, b"".join(field(1, field(1, event)) for event in events)))


def error_of(reply):
    """{code, field} of a reply, or of its first append outcome; None if there is no error."""
    found = fields(reply)
    if 1 not in found and APPEND in found:
        found = fields(fields(found[APPEND][0])[1][0])
    if 1 not in found:
        return None
    error = fields(found[1][0])
    return {name: error.get(at, [b""])[0].decode() for name, at in (("code", 2), ("field", 3))}


class Wire(ProcessTest):
    def setUp(self):
        self.started = self.ledger()
        run = self.started.data / "run"
        self.append_socket, self.read_socket = run / "append.sock", run / "read.sock"

    def status(self):
        return fields(fields(ask(self.read_socket, field(STATUS, b"")))[STATUS][0])

    def head(self):
        return self.status().get(6, [0])[0]

    def assert_unharmed(self, head=0):
        """Appends and reads go on; nothing came in."""
        self.assertEqual(self.head(), head)
        self.assertIsNone(error_of(ask(self.append_socket, append(packed_visit()))))
        self.assertEqual(self.head(), head + 1)

    def assert_hung_up(self, peer):
        self.assertIsNone(peer.receive())

    def test_greeting(self):
        for path in (self.append_socket, self.read_socket):
            with Peer(path) as peer:
                self.assertEqual(peer.greet(), REP)

    def test_garbage_requests(self):
        chance = random.Random(7)
        with Peer(self.append_socket) as peer:
            peer.greet()
            for size in [0, 1, 2, 3, 7, 8, 100, 1000] * 25:
                peer.send(chance.randbytes(size))
                error = error_of(peer.receive())
                self.assertIn(error["code"], ("malformed", "invalid_request"))
        self.assert_unharmed()

    def test_every_beginning_of_a_request(self):
        whole = append(packed_visit())
        with Peer(self.append_socket) as peer:
            peer.greet()
            for size in range(len(whole)):
                peer.send(whole[:size])
                self.assertIsNotNone(error_of(peer.receive()), f"{size} of {len(whole)} bytes")
        self.assert_unharmed()

    def test_flipped_bits(self):
        """Whatever comes of it, an answer does; and what is stored can be read."""
        chance = random.Random(11)
        with Peer(self.append_socket) as peer:
            peer.greet()
            for _ in range(500):
                request = bytearray(append(packed_visit()))
                for _ in range(chance.randint(1, 4)):
                    request[chance.randrange(len(request))] ^= 1 << chance.randrange(8)
                peer.send(bytes(request))
                self.assertIsNotNone(peer.receive())
        records = self.started.read()
        self.assertEqual(len(records), self.head())
        self.assert_unharmed(self.head())

    def test_bad_events(self):
        cases = [
            ("no UTF-8", packed_visit(actor=b"rep\xff"), "invalid_utf8", "actor"),
            ("half a UTF-8 character", packed_visit(actor=b"rep\xe2\x82"), "invalid_utf8", "actor"),
            ("an overlong slash", packed_visit(actor=b"\xc0\xaf"), "invalid_utf8", "actor"),
            ("a surrogate", packed_visit(actor=b"\xed\xa0\x80"), "invalid_utf8", "actor"),
            ("a NUL", packed_visit(actor=b"rep\0one"), "embedded_nul", "actor"),
            ("a NUL in a subject", packed_visit(subjects=[subject("visit", "v\0")]), "embedded_nul", "id"),
            ("a NUL in the payload", packed_visit(payload=field(1, b"v\0")), "embedded_nul", "visit_id"),
            ("an id of 15 bytes", packed_visit(id=bytes(15)), "invalid_value", "event_id"),
            ("no id", packed_visit(id=None), "missing_field", "event_id"),
            ("an empty actor", packed_visit(actor=b""), "missing_field", "actor"),
            ("occurred without a kind", packed_visit(occurred=b""), "missing_field", "occurred"),
            ("a day far off", packed_visit(occurred=field(2, field(1, 1 << 31))), "invalid_time", "occurred"),
            ("a payload that is none", packed_visit(payload=b"\xff\xff\xff"), "malformed", "payload"),
            ("bytes that are no event", b"\xff" * 30, "malformed", "events[0]"),
            ("an event of no bytes", b"", "missing_field", "events[0]"),
            ("too many bytes", packed_visit(payload=field(12, "x" * 50_000)), "too_large", "events[0]"),
        ]
        for what, event, code, name in cases:
            with self.subTest(what):
                error = error_of(ask(self.append_socket, append(event)))
                self.assertIsNotNone(error)
                self.assertEqual(error["code"], code, error)
                self.assertIn(name, error["field"])
        self.assert_unharmed()

    def test_empty_requests(self):
        for what, body in [("nothing", b""), ("a token alone", field(1, b"token"))]:
            with self.subTest(what):
                error = error_of(ask(self.append_socket, body))
                self.assertEqual(error["code"], "invalid_request")
        self.assertIsNotNone(error_of(ask(self.append_socket, append())))
        self.assert_unharmed()

    def test_fields_of_a_later_version_are_let_through(self):
        self.assertIsNone(error_of(ask(self.read_socket, field(STATUS, b"") + field(2000, "new"))))

    def test_requests_at_the_wrong_socket(self):
        self.assertIsNotNone(error_of(ask(self.read_socket, append(packed_visit()))))
        self.assertIsNotNone(error_of(ask(self.append_socket, field(READ, b""))))
        self.assert_unharmed()

    def test_frames_too_large(self):
        for size in (REQUEST_SIZE_MAX + 1024, 1 << 40, (1 << 64) - 1):
            with self.subTest(size), Peer(self.append_socket) as peer:
                peer.greet()
                peer.send_bytes(frame(b"\x80\0\0\1", size))
                self.assert_hung_up(peer)
        self.assert_unharmed()

    def test_frames_that_lack_a_request_id(self):
        for message in (b"", b"\x80", b"\x80\0\0"):
            with self.subTest(message), Peer(self.append_socket) as peer:
                peer.greet()
                peer.send_bytes(frame(message))
                self.assert_hung_up(peer)
        self.assert_unharmed()

    def test_wrong_greetings(self):
        pub, next_version = 0x20, b"\0SP\1\0\x30\0\0"
        for greeting in (b"GET / HT", hello(pub), next_version, bytes(8)):
            with self.subTest(greeting), Peer(self.append_socket, greeting) as peer:
                peer.greet()
                self.assert_hung_up(peer)
        self.assert_unharmed()

    def test_peers_that_stop_half_way(self):
        request = frame(b"\x80\0\0\1" + append(packed_visit()))
        peers = []
        for size in (0, 1, 5, 9, 12, len(request) - 1):
            peer = Peer(self.append_socket)
            peer.send_bytes(request[:size])
            peers.append(peer)
        self.assert_unharmed()
        for peer in peers:
            peer.socket.close()
        self.assert_unharmed(1)

    def test_many_peers_that_leave_without_their_answer(self):
        for _ in range(200):
            with Peer(self.read_socket) as peer:
                peer.greet()
                peer.send(field(STATUS, b""))
        self.assert_unharmed()

    def test_many_peers_that_leave_before_they_are_greeted(self):
        """They may stop the listener, which then is made anew: whoever waited there asks again."""
        for _ in range(200):
            with Peer(self.read_socket) as peer:
                peer.send(field(STATUS, b""))
        wait_until(lambda: ask(self.read_socket, field(STATUS, b"")), "the service answers again")
        self.assert_unharmed()

    def test_waiting_readers_that_leave_are_forgotten(self):
        wait = field(READ, field(5, 25_000))
        peers = [Peer(self.read_socket) for _ in range(100)]
        for peer in peers:
            peer.send(wait)
        wait_until(lambda: self.waiting_readers() == 100, "100 readers wait")
        for peer in peers:
            peer.socket.close()
        wait_until(lambda: self.waiting_readers() == 0, "no reader waits")
        self.assert_unharmed()

    def waiting_readers(self):
        return fields(self.status()[10][0]).get(9, [0])[0]

    def test_numbers_out_of_range_in_a_read(self):
        self.assert_unharmed()
        for name, number in (("from", 1), ("max_events", 3), ("max_bytes", 4), ("wait_ms", 5)):
            with self.subTest(name):
                request = field(READ, field(number, (1 << 64) - 1))
                self.assertIsNotNone(ask(self.read_socket, request))
        self.assert_unharmed(1)


class Overload(ProcessTest):
    """What is too much is refused with a time to wait, and keeps nobody else out."""

    def test_more_readers_than_may_wait(self):
        ledger = self.ledger(options=["--read-contexts", "8"])
        socket = ledger.data / "run" / "read.sock"
        read = field(11, field(1, 1) + field(5, 20_000))  # from 1, wait_ms
        for _ in range(7):
            peer = self.enterContext(Peer(socket, seconds=60))
            peer.greet()
            peer.send(read)
        wait_until(
            lambda: int(ledger.status()["ledger"]["waitingReaders"]) == 7, "seven readers wait"
        )
        refused = fields(fields(ask(socket, read))[1][0])
        self.assertEqual(refused[2], [b"busy"])
        self.assertEqual(refused[5], [1])  # retryable
        self.assertGreater(refused[6][0], 0)  # after so many ms
        # Who does not wait is served: nothing is there, so the page is empty.
        self.assertNotIn(1, fields(fields(ask(socket, field(11, b"")))[11][0]))


if __name__ == "__main__":
    main()
