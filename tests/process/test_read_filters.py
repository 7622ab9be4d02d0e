"""Every filter, forward and backward, in pages of any size, against a scan of everything."""

import os
import random
import uuid

from fieldledger import ProcessTest, main
from wire import Peer, ask, field, fields

APPEND, READ = 10, 11
SEED = int(os.environ.get("FIELDLEDGER_SEED", "20171231"))
EVENTS = 3_000
QUESTIONS = 400
PAGE_EVENTS_MAX = 65_536

CATEGORIES = ("visit", "client", "visits")  # one is the beginning of another
ACTORS = ("rep-1", "rep-2", "rep-10", "unknown")
TYPES = ("ext.test.A", "ext.test.B", "ext.test.AB")
KINDS = ("client", "employee")


class Fact:
    """What a test remembers of an event it sent."""

    def __init__(self, chance):
        self.id = uuid.UUID(int=chance.getrandbits(128), version=4)
        self.category = chance.choice(CATEGORIES)
        self.stream = f"{self.category}/{chance.randrange(30)}"
        self.type = chance.choice(TYPES)
        self.actor = chance.choice(ACTORS)
        self.subjects = [
            (chance.choice(KINDS), str(chance.randrange(25))) for _ in range(chance.randrange(4))
        ]
        self.correlation = chance.choice((None, *range(12)))

    def packed(self):
        parts = [
            field(1, self.id.bytes),
            field(2, self.stream),
            field(3, self.type),
            field(5, field(2, field(1, 32_000))),
            field(6, self.actor),
            *(field(8, field(1, kind) + field(2, id_)) for kind, id_ in self.subjects),
            field(16, b"payload"),
        ]
        if self.correlation is not None:
            parts.insert(-1, field(10, correlation_id(self.correlation)))
        return b"".join(parts)


def correlation_id(number):
    return uuid.UUID(int=number + 1, version=4).bytes


class Filter:
    """A random filter, as the service takes it and as a scan applies it."""

    def __init__(self, chance):
        def sometimes(value):
            return value if chance.random() < 0.35 else None

        sample = Fact(chance)
        self.stream = sometimes(sample.stream)
        self.category = sometimes(sample.category)
        self.types = chance.sample(TYPES, chance.randint(1, 2)) if chance.random() < 0.3 else []
        self.actor = sometimes(sample.actor)
        self.subject = sometimes((chance.choice(KINDS), str(chance.randrange(25))))
        self.correlation = sometimes(chance.randrange(12)) if chance.random() < 0.5 else None

    def packed(self):
        parts = [field(3, name) for name in self.types]
        for number, value in ((1, self.stream), (2, self.category), (4, self.actor)):
            if value is not None:
                parts.append(field(number, value))
        if self.subject is not None:
            parts.append(field(5, field(1, self.subject[0]) + field(2, self.subject[1])))
        if self.correlation is not None:
            parts.append(field(6, correlation_id(self.correlation)))
        return b"".join(parts)

    def passes(self, fact):
        return (
            self.stream in (None, fact.stream)
            and self.category in (None, fact.category)
            and (not self.types or fact.type in self.types)
            and self.actor in (None, fact.actor)
            and (self.subject is None or self.subject in fact.subjects)
            and self.correlation in (None, fact.correlation)
        )

    def __str__(self):
        return str(vars(self))


class ReadFilters(ProcessTest):
    def setUp(self):
        print(f"seed {SEED}")
        self.chance = random.Random(SEED)
        self.started = self.ledger()
        self.facts = []
        self.peer = self.connect()

    def connect(self):
        peer = self.enterContext(Peer(self.started.data / "run" / "read.sock", seconds=30))
        peer.greet()
        return peer

    def append(self, count):
        """In blocks of all sizes."""
        path = self.started.data / "run" / "append.sock"
        new = [Fact(self.chance) for _ in range(count)]
        while new:
            size = self.chance.choice((1, 1, 2, 7, 50, 300))
            part, new = new[:size], new[size:]
            request = b"".join(field(1, field(1, fact.packed())) for fact in part)
            reply = fields(ask(path, field(APPEND, field(1, request))))
            self.assertNotIn(1, fields(fields(reply[APPEND][0])[1][0]))
            self.facts += part

    def page(self, **request):
        numbers = {"from": 1, "filter": 2, "max_events": 3, "max_bytes": 4, "reverse": 6}
        packed = b"".join(
            field(numbers[name], value) for name, value in request.items() if value is not None
        )
        self.peer.send(field(READ, packed))
        reply = fields(self.peer.receive())
        self.assertNotIn(1, reply)
        return fields(reply[READ][0])

    def read(self, filter_, start, reverse, max_events, max_bytes=None):
        """Positions and event ids, page by page, each from where the last one left off."""
        found = []
        while True:
            page = self.page(
                filter=filter_.packed(),
                max_events=max_events,
                max_bytes=max_bytes,
                reverse=int(reverse),
                **{"from": start},
            )
            for record in map(fields, page.get(1, [])):
                position = int.from_bytes(record[1][0], "little")
                found.append((position, fields(record[5][0])[1][0]))
            self.assertLessEqual(len(page.get(1, [])), max_events)
            if not page.get(5, [0])[0]:
                return found
            start = page[2][0] + (-1 if reverse else 1)

    def scan(self, filter_, start, reverse):
        numbered = list(enumerate(self.facts, 1))
        if start is not None:
            numbered = [one for one in numbered if (one[0] <= start if reverse else one[0] >= start)]
        if reverse:
            numbered.reverse()
        return [(at, fact.id.bytes) for at, fact in numbered if filter_.passes(fact)]

    def compare(self, questions):
        for _ in range(questions):
            filter_ = Filter(self.chance)
            start = self.chance.choice((None, 1, self.chance.randint(1, len(self.facts) + 1)))
            reverse = self.chance.random() < 0.4
            size = self.chance.choice((1, 3, 100, PAGE_EVENTS_MAX))
            size = max(size, len(self.facts) // 100)
            max_bytes = self.chance.choice((None, None, 2_000))
            found = self.read(filter_, start, reverse, size, max_bytes)
            expected = self.scan(filter_, start, reverse)
            what = f"from={start} reverse={reverse} page={size} bytes={max_bytes} {filter_}"
            self.assertEqual(found, expected, what)

    def test_random_filters(self):
        """While the indexes still lag behind, when they have caught up, and after a restart."""
        self.append(200)
        self.compare(QUESTIONS // 4)
        self.append(EVENTS - 200)
        self.compare(QUESTIONS // 2)
        self.started.kill("ledgerd")
        self.started.start("ledgerd")
        self.peer = self.connect()
        self.compare(QUESTIONS // 4)
        self.append(100)
        self.compare(QUESTIONS // 4)

    def test_single_filters(self):
        """One condition at a time, every value."""
        self.append(400)
        for name, values in (
            ("stream", sorted({fact.stream for fact in self.facts}) + ["visit/none", "visit/"]),
            ("category", [*CATEGORIES, "vis", "none"]),
            ("types", [[one] for one in TYPES] + [list(TYPES), ["ext.test.C"]]),
            ("actor", [*ACTORS, "rep", "nobody"]),
            ("subject", [(kind, str(id_)) for kind in KINDS for id_ in range(26)]),
            ("correlation", list(range(13))),
        ):
            for value in values:
                filter_ = Filter(self.chance)
                vars(filter_).update(
                    stream=None, category=None, types=[], actor=None, subject=None, correlation=None
                )
                setattr(filter_, name, value)
                for reverse in (False, True):
                    with self.subTest(name, value=value, reverse=reverse):
                        found = self.read(filter_, None, reverse, PAGE_EVENTS_MAX)
                        self.assertEqual(found, self.scan(filter_, None, reverse))

    def test_a_reader_of_another_ledger(self):
        self.append(3)
        identity = fields(self.page()[4][0])
        same = field(1, identity[1][0]) + field(2, identity.get(2, [0])[0])
        other = field(1, bytes(16)) + field(2, identity.get(2, [0])[0])
        later = field(1, identity[1][0]) + field(2, identity.get(2, [0])[0] + 1)
        for what, request, code in (
            ("this ledger", field(7, same), None),
            ("another ledger", field(7, other), b"wrong_ledger"),
            ("a later restore", field(7, later), b"wrong_ledger"),
            ("the next position", field(1, 4), None),
            ("a position nobody was given", field(1, 5), b"wrong_ledger"),
        ):
            with self.subTest(what):
                self.peer.send(field(READ, request))
                error = fields(self.peer.receive()).get(1)
                self.assertEqual(fields(error[0])[2][0] if error else None, code)


if __name__ == "__main__":
    main()
