"""Writers that remember what the ledger acknowledged, and the check that holds the ledger to it.

Everything goes over the wire, byte by byte: no code of the product takes part."""

import dataclasses
import hashlib
import random
import struct
import threading
import time
import uuid

from fieldledger import patience
from wire import Peer, ask, field, fields, read_varint

APPEND, READ, STATUS = 10, 11, 12  # of Request and Reply
TYPE = "ext.test.Written"
SIZES = (0, 16, 100, 300, 300, 300, 1_000, 4_000, 20_000)  # payloads; the last take pages of their own
RESENT = 200  # records that a check sends again


@dataclasses.dataclass
class Sent:
    """One atomic append."""

    events: tuple  # packed; each holds its own id, so that no two are the same bytes
    expected: tuple = ()  # (stream, version)
    positions: tuple = None  # as acknowledged

    def append(self):
        events = b"".join(field(1, field(1, event)) for event in self.events)
        expected = b"".join(
            field(2, field(1, stream) + field(2, version)) for stream, version in self.expected
        )
        return events + expected

    def request(self):
        return request_of([self])


def request_of(sent):
    """Independent appends in one request."""
    return field(APPEND, field(1, [one.append() for one in sent]))


def packed_event(stream, actor, payload, event_id=None):
    return (
        field(1, (event_id or uuid.uuid4()).bytes)
        + field(2, stream)
        + field(3, TYPE)
        + field(5, field(2, field(1, 40_000)))
        + field(6, actor)
        + field(16, payload)
    )


class Refused(Exception):
    """An error that the ledger answered with."""

    def __init__(self, error):
        self.code = error[2][0].decode()
        self.message = error[4][0].decode()
        self.retryable = bool(error.get(5, [0])[0])
        super().__init__(f"{self.code}: {self.message}")


@dataclasses.dataclass
class Outcome:
    positions: tuple
    added: int
    duplicates: int


def outcomes_of(reply):
    """What became of each append of the request; an error of the whole request is raised."""
    found = fields(reply)
    if 1 in found:
        raise Refused(fields(found[1][0]))
    return [outcome_of(fields(one)) for one in fields(found[APPEND][0]).get(1, [])]


def outcome_of(outcome):
    if 1 in outcome:
        return Refused(fields(outcome[1][0]))
    packed, positions, at = outcome.get(2, [b""])[0], [], 0
    while at < len(packed):
        position, at = read_varint(packed, at)
        positions.append(position)
    return Outcome(tuple(positions), outcome.get(3, [0])[0], outcome.get(4, [0])[0])


class Writer(threading.Thread):
    """Appends to a stream of its own, whose version it expects, and to one that all share, until
    the connection breaks or `more` events are stored.

    `sent` are the appends so far; the last one may be unanswered: stored or not. It is sent again
    by the writer that takes over (`before`). With `persist` it takes over from itself.
    """

    def __init__(self, path, name, more=None, before=None, *, persist=False, seconds=30):
        super().__init__(daemon=True)
        self.path, self.name, self.persist, self.seconds = path, name, persist, seconds
        self.chance = before.chance if before else random.Random(name)
        self.sent = before.sent if before else []
        self.stored = before.stored if before else 0  # events acknowledged
        self.version = before.version if before else 0  # of its own stream
        self.enough = None if more is None else self.stored + more
        self.given_up = 0  # answers it did not wait for any longer
        self.problem = None
        self.stopping = False

    @property
    def unanswered(self):
        return self.sent[-1] if self.sent and self.sent[-1].positions is None else None

    def stop(self):
        self.stopping = True

    def run(self):
        try:
            while self.write_on() and self.persist:
                time.sleep(0.02)  # until somebody listens again
        except Exception as problem:  # shown by the test's own thread
            self.problem = problem

    def write_on(self):
        """True when the connection broke."""
        try:
            with Peer(self.path, seconds=self.seconds) as peer:
                if peer.greet() is None:
                    return True
                while not self.stopping and (self.enough is None or self.stored < self.enough):
                    if not self.write_one(peer):
                        return True
        except TimeoutError:
            self.given_up += 1
            return not self.stopping
        except OSError:
            return not self.stopping
        return False

    def write_one(self, peer):
        one = self.unanswered or self.next()
        if one is not self.unanswered:
            self.sent.append(one)
        peer.send(one.request())
        reply = peer.receive()
        if reply is None:
            return False
        (outcome,) = outcomes_of(reply)
        if isinstance(outcome, Refused):
            return self.refused(outcome)
        one.positions = outcome.positions
        self.version += sum(self.own in event for event in one.events)
        self.stored += len(one.events)
        return True

    def refused(self, error):
        """For tests in which that is no fault: True goes on with the same append."""
        raise error

    @property
    def own(self):
        return field(2, f"ext/{self.name}")

    def next(self):
        size = self.chance.choice(SIZES)
        count = 1 if size > 1_000 else self.chance.choice((1, 1, 1, 2, 5))
        streams = [f"ext/{self.name}"] + [
            self.chance.choice((f"ext/{self.name}", "ext/shared")) for _ in range(count - 1)
        ]
        events = tuple(
            packed_event(
                stream,
                self.name,
                self.chance.randbytes(size),
                uuid.UUID(bytes=self.chance.randbytes(16), version=4),
            )
            for stream in streams
        )
        expected = ((f"ext/{self.name}", self.version),) if self.chance.random() < 0.5 else ()
        return Sent(events, expected)


class Writers:
    """Several at work on one ledger, over its restarts."""

    def __init__(self, ledger, count=4, kind=Writer):
        self.path = ledger.data / "run" / "append.sock"
        self.kind = kind
        self.each = [None] * count

    def start(self, more=None, **options):
        self.each = [
            self.kind(self.path, f"writer-{number}", more, before, **options)
            for number, before in enumerate(self.each)
        ]
        for one in self.each:
            one.start()

    def stop(self):
        for one in self.each:
            one.stop()

    def join(self):
        for one in self.each:
            one.join(patience(60))
            if one.is_alive():
                raise AssertionError("a writer hangs")
            if one.problem is not None:
                raise one.problem

    @property
    def stored(self):
        return sum(one.stored for one in self.each)

    @property
    def sent(self):
        return [sent for one in self.each if one is not None for sent in one.sent]

    @property
    def were_cut_off(self):
        return any(one.unanswered is not None for one in self.each)


# ---- what is stored


@dataclasses.dataclass
class Record:
    bytes: bytes
    position: int
    recorded_at: int
    version: int
    event: bytes
    personal: bool
    id: str
    stream: str
    type: str
    actor: str


def record_of(data):
    found = fields(data)
    event = found[5][0]
    inside = fields(event)
    return Record(
        data,
        struct.unpack("<Q", found[1][0])[0],
        struct.unpack("<q", found[2][0])[0],
        found[3][0],
        event,
        6 in found,
        str(uuid.UUID(bytes=inside[1][0])),
        inside[2][0].decode(),
        inside[3][0].decode(),
        inside[6][0].decode(),
    )


def read_log(ledger, filter=b""):
    """All records that pass."""
    records, at, more = [], 1, 1
    with Peer(ledger.data / "run" / "read.sock", seconds=60) as peer:
        peer.greet()
        while more:
            peer.send(field(READ, field(1, at) + field(2, filter) + field(3, 65_536)))
            found = fields(peer.receive())
            if 1 in found:
                raise Refused(fields(found[1][0]))
            page = fields(found[READ][0])
            records += [record_of(data) for data in page.get(1, [])]
            at, more = page.get(2, [0])[0] + 1, page.get(5, [0])[0]
    return records


def merkle_root(leaves):
    """RFC 6962, of the records' bytes."""
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    if not level:
        return hashlib.sha256().digest()
    while len(level) > 1:
        odd = [level[-1]] if len(level) % 2 else []
        level = [
            hashlib.sha256(b"\1" + left + right).digest()
            for left, right in zip(level[::2], level[1::2])
        ] + odd
    return level[0]


def find_lost(records, sent):
    """Acknowledged events that do not stand, byte for byte, where they were said to."""
    stored = {record.position: record.event for record in records}
    return [
        (position, event)
        for one in sent
        if one.positions is not None
        for position, event in zip(one.positions, one.events)
        if stored.get(position) != event
    ]


def count_acknowledged(sent):
    return sum(len(one.events) for one in sent if one.positions is not None)


def check_ledger(test, ledger, sent=(), tally=None):
    """All that must hold of a ledger at rest, whatever happened to it. Returns its records."""
    records = read_log(ledger)
    lost = find_lost(records, sent)
    if tally is not None:
        tally.count(sent, lost)
    test.assertFalse(
        lost, f"{len(lost)} of {count_acknowledged(sent)} acknowledged events are lost"
    )
    check_order(test, records)
    check_whole(test, records, sent)
    check_head(test, ledger, records)
    chance = random.Random(len(records))
    check_index(test, ledger, records, chance)
    check_sent_again(test, ledger, records, chance)
    check_head(test, ledger, records)
    return records


def check_order(test, records):
    test.assertEqual([one.position for one in records], list(range(1, len(records) + 1)))
    test.assertEqual(len({one.id for one in records}), len(records), "an event is stored twice")
    versions, recorded_at = {}, 0
    for one in records:
        versions[one.stream] = versions.get(one.stream, 0) + 1
        test.assertEqual(one.version, versions[one.stream], f"position {one.position}")
        test.assertGreaterEqual(one.recorded_at, recorded_at, f"position {one.position}")
        recorded_at = one.recorded_at


def check_whole(test, records, sent):
    """An append is there whole, in one piece, or not at all; and nothing is there that was not
    sent."""
    stored = {record.event: record.position for record in records}
    for one in sent:
        found = [stored.get(event) for event in one.events]
        first = found[0]
        if first is None:
            test.assertEqual(found, [None] * len(found), "a part of an append is stored")
        else:
            test.assertEqual(found, list(range(first, first + len(found))))
    if sent:
        unknown = set(stored) - {event for one in sent for event in one.events}
        test.assertFalse(unknown, "something is stored that nobody sent")


def ask_status(ledger):
    return fields(fields(ask(ledger.data / "run" / "read.sock", field(STATUS, b"")))[STATUS][0])


def read_head(ledger):
    return ask_status(ledger).get(6, [0])[0]


def check_head(test, ledger, records):
    status = ask_status(ledger)
    test.assertEqual(status.get(6, [0])[0], len(records))
    root = fields(status[10][0])[4][0]
    test.assertEqual(root, merkle_root([one.bytes for one in records]), "the Merkle root")


def check_index(test, ledger, records, chance):
    """Reads by index find what a scan finds."""
    streams = sorted({one.stream for one in records})
    for stream in chance.sample(streams, min(len(streams), 20)):
        found = read_log(ledger, field(1, stream))
        test.assertEqual(found, [one for one in records if one.stream == stream], stream)
    for number, name in ((3, "type"), (4, "actor")):
        for value in sorted({getattr(one, name) for one in records})[:3]:
            found = [one.position for one in read_log(ledger, field(number, value))]
            wanted = [one.position for one in records if getattr(one, name) == value]
            test.assertEqual(found, wanted, f"{name} {value}")


def check_sent_again(test, ledger, records, chance):
    """The last ones, and some of the others."""
    candidates = [one for one in records if not one.personal]
    again = candidates[-RESENT // 4 :]
    rest = candidates[: len(candidates) - len(again)]
    again += chance.sample(rest, min(len(rest), RESENT - len(again)))
    if not again:
        return
    reply = ask(
        ledger.data / "run" / "append.sock", request_of([Sent((one.event,)) for one in again])
    )
    outcomes = outcomes_of(reply)
    test.assertEqual(outcomes, [Outcome((one.position,), 0, 1) for one in again])
