"""Random histories of appends and reads, held against a model of what they mean that is short,
slow and obvious. A history in which the service differs is made smaller before it is shown."""

import os
import random
import shutil
import time
import uuid

from fieldledger import Ledger, ProcessTest, main
from wire import Peer, field, fields, in_share, read_varint

APPEND, READ = 10, 11
SEED = int(os.environ.get("FIELDLEDGER_SEED", "6962"))
STEPS = 700
SHRINK_SECONDS = 60
STREAMS = [f"{category}/{number}" for category in ("ext", "ex", "other") for number in range(2)]


class Model:
    """All there is to know of a ledger."""

    def __init__(self):
        self.events = []  # (id, stream, content); the first is at position 1

    def known(self):
        return {event[0]: (event, at) for at, event in enumerate(self.events, 1)}

    def version(self, stream):
        return sum(event[1] == stream for event in self.events)

    def judge(self, append):
        """An error code, or the positions; the first rule that is broken counts."""
        ids = [event[0] for event in append.events]
        if len(set(ids)) < len(ids):
            return "event_id_repeated"
        known = self.known()
        if any(known[event[0]][0] != event for event in append.events if event[0] in known):
            return "event_id_reused"
        new = [event for event in append.events if event[0] not in known]
        mixed = 0 < len(new) < len(append.events)
        if mixed and not append.allow_duplicates:
            return "event_id_known"
        gaining = {stream for _, stream, _ in new}
        if new:
            for stream, version in append.expected.items():
                if (not mixed or stream in gaining) and self.version(stream) != version:
                    return "wrong_expected_version"
        self.events += new
        return [self.known()[id_][1] for id_ in ids]

    def records(self):
        """(position, id, stream, version, content)"""
        versions = dict.fromkeys(STREAMS, 0)
        found = []
        for at, (id_, stream, content) in enumerate(self.events, 1):
            versions[stream] += 1
            found.append((at, id_, stream, versions[stream], content))
        return found


# ---- steps of a history: each gives what the service says, and what it should


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


class Request:
    """Several appends, as if sent one after the other; each has its own outcome."""

    def __init__(self, appends):
        self.appends = appends

    def run(self, service, model):
        return service.append(self.appends), [model.judge(one) for one in self.appends]

    def __str__(self):
        return "append " + "; ".join(map(str, self.appends))


class Question:
    """A read, page by page. Times are given as those of the records at certain places of the log,
    since no two runs have the same."""

    def __init__(self, chance, model):
        def sometimes(value):
            return value if chance.random() < 0.4 else None

        head, count = len(model.events), chance.choice((1, 2, 3, 64))
        self.start = sometimes(chance.randint(1, head + 1))
        self.reverse, self.page = chance.random() < 0.4, chance.choice((1, 7, 1000))
        self.stream = sometimes(chance.choice(STREAMS))
        self.category = sometimes(chance.choice(("ext", "ex", "none")))
        self.since, self.until = (
            sometimes((chance.randint(1, head + 1), chance.randint(-1, 1))) for _ in range(2)
        )
        self.share = sometimes((chance.randint(1, count), count))

    def run(self, service, model):
        records = model.records()
        times = service.times(len(records))
        since, until = (self.moment(bound, times) for bound in (self.since, self.until))
        start = self.start and min(self.start, len(records) + 1)
        texts = ((1, self.stream), (2, self.category), (7, since), (8, until))
        packed = b"".join(field(number, value) for number, value in texts if value is not None)
        if self.share:
            packed += field(9, field(1, self.share[0]) + field(2, self.share[1]))
        expected = [
            record
            for record, recorded_at in zip(records, times)
            if (self.stream in (None, record[2]))
            and (self.category in (None, record[2].split("/")[0]))
            and (since is None or recorded_at >= since)
            and (until is None or recorded_at < until)
            and (self.share is None or in_share(record[2], *self.share))
            and (start is None or (record[0] <= start if self.reverse else record[0] >= start))
        ]
        found = service.read(packed, start, self.reverse, self.page)
        return [record for record, _ in found], expected[::-1] if self.reverse else expected

    @staticmethod
    def moment(bound, times):
        return times[min(bound[0], len(times)) - 1] + bound[1] if bound and times else None

    def __str__(self):
        return f"read {vars(self)}"


class Restart:
    """After an end, or a kill at rest; the indexes may be lost meanwhile. Nothing has changed."""

    def __init__(self, kill, without_index):
        self.kill, self.without_index = kill, without_index

    def run(self, service, model):
        service.restart(self.kill, self.without_index)
        times = service.times(len(model.events))
        found = service.read(b"", None, False, 1000)
        records = [(record, at) for record, at in zip(model.records(), times)]
        return (found, times), (records, sorted(times))

    def __str__(self):
        return f"restart {vars(self)}"


# ---- the service


class Service:
    def __init__(self, ledger):
        self.ledger, self.recorded_at = ledger, []
        self.connect()

    def connect(self):
        self.peers = [
            Peer(self.ledger.data / "run" / f"{name}.sock", seconds=30) for name in ("append", "read")
        ]
        for peer in self.peers:
            peer.greet()

    def close(self):
        for peer in self.peers:
            peer.socket.close()

    def ask(self, peer, request):
        peer.send(request)
        packed = peer.receive()
        if packed is None:
            raise AssertionError("the service hung up")
        reply = fields(packed)
        if 1 in reply:
            raise AssertionError(f"refused: {fields(reply[1][0])}")
        return reply

    def append(self, appends):
        request = field(APPEND, b"".join(field(1, one.packed()) for one in appends))
        reply = self.ask(self.peers[0], request)
        return [outcome_of(one) for one in fields(reply[APPEND][0])[1]]

    def read(self, filter_, start, reverse, page_events):
        """[(record, recorded_at)], each page from where the last one left off."""
        found = []
        while True:
            request = field(2, filter_) + field(3, page_events) + field(6, int(reverse))
            if start is not None:
                request += field(1, start)
            page = fields(self.ask(self.peers[1], field(READ, request))[READ][0])
            found += [record_of(fields(one)) for one in page.get(1, [])]
            if not page[5][0]:
                return found
            start = page[2][0] + (-1 if reverse else 1)

    def times(self, head):
        """When the records were recorded, as was first seen."""
        if len(self.recorded_at) < head:
            new = self.read(b"", len(self.recorded_at) + 1, False, 1000)
            self.recorded_at += [recorded_at for _, recorded_at in new]
        return self.recorded_at

    def restart(self, kill, without_index):
        self.close()
        (self.ledger.kill if kill else self.ledger.stop)("ledgerd")
        if without_index:
            shutil.rmtree(self.ledger.data / "index")
        self.ledger.start("ledgerd")
        self.connect()


def packed_event(id_, stream, content):
    return (
        field(1, id_.bytes)
        + field(2, stream)
        + field(3, "ext.test.Model")
        + field(5, field(3, b""))
        + field(6, "unknown")
        + field(16, content)
    )


def record_of(record):
    event = fields(record[5][0])
    position, recorded_at = (int.from_bytes(record[number][0], "little") for number in (1, 2))
    id_, stream = uuid.UUID(bytes=event[1][0]), event[2][0].decode()
    return (position, id_, stream, record[3][0], event[16][0]), recorded_at


def outcome_of(packed):
    found = fields(packed)
    if 1 in found:
        return fields(found[1][0])[2][0].decode()
    positions, at, data = [], 0, found[2][0]
    while at < len(data):
        position, at = read_varint(data, at)
        positions.append(position)
    return positions


# ---- making histories up


class Author:
    """Makes up steps; of appends, each rule is broken now and then."""

    def __init__(self, chance):
        self.chance, self.model = chance, Model()

    def history(self):
        restarts = {STEPS * n // 5: Restart(n % 2 == 0, n > 2) for n in range(1, 6)}
        return [restarts.get(number) or self.step() for number in range(1, STEPS + 1)]

    def step(self):
        if self.chance.random() < 0.25:
            return Question(self.chance, self.model)
        appends = []
        for _ in range(self.chance.choice((1, 1, 1, 1, 12))):
            appends.append(self.append())
            self.model.judge(appends[-1])
        return Request(appends)

    def event(self):
        known = self.model.events
        if known and self.chance.random() < 0.25:
            id_, stream, content = self.chance.choice(known)
            if self.chance.random() < 0.2:
                content += b"!"
            return id_, stream, content
        id_ = uuid.UUID(int=self.chance.getrandbits(128), version=4)
        return id_, self.chance.choice(STREAMS), self.chance.randbytes(self.chance.randrange(1, 20))

    def append(self):
        events = [self.event() for _ in range(self.chance.choice((1, 1, 2, 3, 8)))]
        if self.chance.random() < 0.05:
            events.append(self.chance.choice(events))
        if self.model.events and self.chance.random() < 0.1:
            events = self.chance.choices(self.model.events, k=2)
        expected = {}
        for stream in self.chance.sample(STREAMS, self.chance.choice((0, 0, 1, 2))):
            slip = self.chance.choice((0, 0, 0, 1, -1))
            expected[stream] = max(0, self.model.version(stream) + slip)
        return Append(events, expected, self.chance.random() < 0.4)


def replay(steps, counts=None):
    """What differs first, on a fresh ledger: (number of the step, found, expected); None if
    nothing does."""
    with Ledger() as ledger:
        service, model = Service(ledger), Model()
        try:
            for number, step in enumerate(steps):
                try:
                    found, expected = step.run(service, model)
                except (AssertionError, OSError) as problem:
                    return number, problem, "an answer"
                if found != expected:
                    return number, found, expected
                if counts is not None and isinstance(step, Request):
                    for one in expected:
                        kind = one if isinstance(one, str) else "stored"
                        counts[kind] = counts.get(kind, 0) + 1
        finally:
            service.close()
    return None


def shrink(steps):
    """A part of the history that still differs, as small as can be found in a while: leaves out
    halves, quarters, and so on."""
    deadline, size = time.monotonic() + SHRINK_SECONDS, len(steps) // 2
    while size > 0 and time.monotonic() < deadline:
        at = 0
        while at < len(steps) and time.monotonic() < deadline:
            fewer = steps[:at] + steps[at + size :]
            difference = replay(fewer)
            if difference is None:
                at += size
            else:
                steps = fewer[: difference[0] + 1]
        size //= 2
    return steps


class AppendModel(ProcessTest):
    def test_random_histories(self):
        print(f"seed {SEED}")
        counts = {}
        steps = Author(random.Random(SEED)).history()
        difference = replay(steps, counts)
        if difference is not None:
            steps = shrink(steps[: difference[0] + 1])
            _, found, expected = replay(steps) or difference
            story = "\n".join(map(str, steps))
            self.fail(f"seed {SEED}\n{story}\nfound    {found}\nexpected {expected}")
        print(counts)
        self.assertEqual(len(counts), 5, "some rule was never broken")


if __name__ == "__main__":
    main()
