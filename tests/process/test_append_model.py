"""Random appends, held against a model of what an append means that is short, slow and obvious."""

import copy
import os
import random
import uuid

from fieldledger import ProcessTest, main
from wire import Peer, field, fields, read_varint

APPEND = 10
SEED = int(os.environ.get("FIELDLEDGER_SEED", "6962"))
REQUESTS = 600
STREAMS = [f"ext/{number}" for number in range(5)]


class Append:
    """`events` are (id, stream, content); `expected` is {stream: version}."""

    def __init__(self, events, expected, allow_duplicates):
        self.events, self.expected, self.allow_duplicates = events, expected, allow_duplicates

    def packed(self):
        events = [field(1, field(1, packed_event(*event))) for event in self.events]
        expected = [
            field(2, field(1, stream) + field(2, version))
            for stream, version in self.expected.items()
        ]
        return b"".join([*events, *expected, field(3, int(self.allow_duplicates))])

    def __str__(self):
        return f"{self.events} expecting {self.expected} allowing {self.allow_duplicates}"


def packed_event(id_, stream, content):
    return (
        field(1, id_.bytes)
        + field(2, stream)
        + field(3, "ext.test.Model")
        + field(5, field(3, b""))
        + field(6, "unknown")
        + field(16, content)
    )


class Model:
    def __init__(self):
        self.known = {}  # id: (event, position)
        self.versions = dict.fromkeys(STREAMS, 0)
        self.head = 0

    def judge(self, append):
        """An error code, or the positions; the first rule that is broken counts."""
        ids = [event[0] for event in append.events]
        if len(set(ids)) < len(ids):
            return "event_id_repeated"
        if any(self.known[event[0]][0] != event for event in append.events if event[0] in self.known):
            return "event_id_reused"
        new = [event for event in append.events if event[0] not in self.known]
        mixed = 0 < len(new) < len(append.events)
        if mixed and not append.allow_duplicates:
            return "event_id_known"
        gaining = {stream for _, stream, _ in new}
        if new:
            for stream, version in append.expected.items():
                if (not mixed or stream in gaining) and self.versions[stream] != version:
                    return "wrong_expected_version"
        for event in new:
            self.head += 1
            self.versions[event[1]] += 1
            self.known[event[0]] = (event, self.head)
        return [self.known[id_][1] for id_ in ids]


class Writer:
    """Makes up appends of which each rule is broken now and then."""

    def __init__(self, chance, model):
        self.chance, self.model = chance, model

    def event(self):
        known = self.model.known
        if known and self.chance.random() < 0.25:
            id_, stream, content = known[self.chance.choice(list(known))][0]
            if self.chance.random() < 0.2:
                content += b"!"
            return id_, stream, content
        id_ = uuid.UUID(int=self.chance.getrandbits(128), version=4)
        return id_, self.chance.choice(STREAMS), self.chance.randbytes(self.chance.randrange(1, 200))

    def append(self):
        events = [self.event() for _ in range(self.chance.choice((1, 1, 2, 3, 8)))]
        if self.chance.random() < 0.05:
            events.append(self.chance.choice(events))
        if self.model.known and self.chance.random() < 0.1:
            events = [event for event, _ in self.chance.choices(list(self.model.known.values()), k=2)]
        expected = {}
        for stream in self.chance.sample(STREAMS, self.chance.choice((0, 0, 1, 2))):
            slip = self.chance.choice((0, 0, 0, 1, -1))
            expected[stream] = max(0, self.model.versions[stream] + slip)
        return Append(events, expected, self.chance.random() < 0.4)


def outcome_of(packed):
    found = fields(packed)
    if 1 in found:
        return fields(found[1][0])[2][0].decode()
    positions, at, data = [], 0, found[2][0]
    while at < len(data):
        position, at = read_varint(data, at)
        positions.append(position)
    return positions


class AppendModel(ProcessTest):
    def test_random_appends(self):
        """One append a request, so that the next can build upon its outcome; with restarts."""
        print(f"seed {SEED}")
        chance = random.Random(SEED)
        model, self.started = Model(), self.ledger()
        writer, counts = Writer(chance, model), {}
        self.connect()
        for number in range(REQUESTS):
            if number in (REQUESTS // 3, REQUESTS // 2):
                self.started.kill("ledgerd")
                self.started.start("ledgerd")
                self.connect()
            append = writer.append()
            (found,) = self.send([append])
            expected = model.judge(append)
            self.assertEqual(found, expected, f"append {number}: {append}")
            kind = expected if isinstance(expected, str) else "stored"
            counts[kind] = counts.get(kind, 0) + 1
        print(counts)
        self.assertEqual(len(counts), 5, "some rule was never broken")
        self.check_stored(model)

    def test_several_appends_in_one_request(self):
        """Each has its own outcome, in order, as if sent one after the other."""
        chance = random.Random(SEED + 1)
        model, self.started = Model(), self.ledger()
        self.connect()
        for number in range(REQUESTS // 10):
            appends = []
            ahead = copy.deepcopy(model)
            for _ in range(chance.randint(1, 12)):
                appends.append(Writer(chance, ahead).append())
                ahead.judge(appends[-1])
            found = self.send(appends)
            expected = [model.judge(append) for append in appends]
            self.assertEqual(found, expected, f"request {number}: {[str(one) for one in appends]}")
        self.check_stored(model)

    def connect(self):
        self.peer = self.enterContext(Peer(self.started.data / "run" / "append.sock"))
        self.peer.greet()

    def send(self, appends):
        self.peer.send(field(APPEND, b"".join(field(1, one.packed()) for one in appends)))
        reply = fields(self.peer.receive())
        self.assertNotIn(1, reply)
        return [outcome_of(one) for one in fields(reply[APPEND][0])[1]]

    def check_stored(self, model):
        records = self.started.read()
        found = {uuid.UUID(one["eventId"]): int(one["position"]) for one in records}
        self.assertEqual(found, {id_: position for id_, (_, position) in model.known.items()})


if __name__ == "__main__":
    main()
