"""Every filter, forward and backward, in pages of any size, against a scan of everything."""

import datetime
import os
import random
import shutil
import uuid

from fieldledger import ProcessTest, main
from wire import Peer, ask, field, fields, in_share, share_bucket

APPEND, READ = 10, 11
SEED = int(os.environ.get("FIELDLEDGER_SEED", "20171231"))
EVENTS = 3_000
QUESTIONS = 400
PAGE_EVENTS_MAX = 65_536

CATEGORIES = ("visit", "client", "visits")  # one is the beginning of another
ACTORS = ("rep-1", "rep-2", "rep-10", "unknown")
TYPES = ("ext.test.A", "ext.test.B", "ext.test.AB")
KINDS = ("client", "employee")
SHARES = (1, 2, 3, 7, 10, 63, 64)
UNLIMITED = dict.fromkeys(
    ("stream", "category", "actor", "subject", "correlation", "since", "until", "share")
)


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
        self.recorded_at = None  # once stored

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
    """A random filter, as the service takes it and as a scan applies it. `times` are microseconds
    since 1970."""

    def __init__(self, chance, times):
        def sometimes(value):
            return value if chance.random() < 0.35 else None

        sample = Fact(chance)
        self.stream = sometimes(sample.stream)
        self.category = sometimes(sample.category)
        self.types = chance.sample(TYPES, chance.randint(1, 2)) if chance.random() < 0.3 else []
        self.actor = sometimes(sample.actor)
        self.subject = sometimes((chance.choice(KINDS), str(chance.randrange(25))))
        self.correlation = sometimes(chance.randrange(12)) if chance.random() < 0.5 else None
        since, until = (chance.choice(times) + chance.randint(-1, 1) for _ in range(2))
        if chance.random() < 0.8:
            since, until = sorted((since, until))
        self.since, self.until = sometimes(since), sometimes(until)
        count = chance.choice(SHARES[:5])
        self.share = sometimes((chance.randint(1, count), count))

    def only(self, **condition):
        """Nothing but this."""
        vars(self).update(UNLIMITED, types=[])
        vars(self).update(condition)
        return self

    def packed(self):
        parts = [field(3, name) for name in self.types]
        texts = ((1, self.stream), (2, self.category), (4, self.actor))
        for number, value in (*texts, (7, self.since), (8, self.until)):
            if value is not None:
                parts.append(field(number, value))
        if self.subject is not None:
            parts.append(field(5, field(1, self.subject[0]) + field(2, self.subject[1])))
        if self.correlation is not None:
            parts.append(field(6, correlation_id(self.correlation)))
        if self.share is not None:
            parts.append(field(9, field(1, self.share[0]) + field(2, self.share[1])))
        return b"".join(parts)

    def passes(self, fact):
        return (
            self.stream in (None, fact.stream)
            and self.category in (None, fact.category)
            and (not self.types or fact.type in self.types)
            and self.actor in (None, fact.actor)
            and (self.subject is None or self.subject in fact.subjects)
            and self.correlation in (None, fact.correlation)
            and (self.since is None or fact.recorded_at >= self.since)
            and (self.until is None or fact.recorded_at < self.until)
            and (self.share is None or in_share(fact.stream, *self.share))
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
        self.learn_times()

    def learn_times(self):
        """When each fact was recorded is the service's to say; it never goes back."""
        start = 1
        while start <= len(self.facts):
            page = self.page(**{"from": start})
            for fact, record in zip(self.facts[start - 1 :], map(fields, page[1])):
                fact.recorded_at = int.from_bytes(record[2][0], "little", signed=True)
            start = page[2][0] + 1
        self.times = [fact.recorded_at for fact in self.facts]
        self.assertEqual(self.times, sorted(self.times))

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
            filter_ = Filter(self.chance, self.times)
            start = self.chance.choice((None, 1, self.chance.randint(1, len(self.facts) + 1)))
            reverse = self.chance.random() < 0.4
            size = self.chance.choice((1, 3, 100, PAGE_EVENTS_MAX))
            size = max(size, len(self.facts) // 100)
            max_bytes = self.chance.choice((None, None, 2_000))
            found = self.read(filter_, start, reverse, size, max_bytes)
            expected = self.scan(filter_, start, reverse)
            what = f"from={start} reverse={reverse} page={size} bytes={max_bytes} {filter_}"
            self.assertEqual(found, expected, what)

    def restart(self, without_index=False):
        self.started.kill("ledgerd")
        if without_index:
            shutil.rmtree(self.started.data / "index")
        self.started.start("ledgerd")
        self.peer = self.connect()

    def test_random_filters(self):
        """While the indexes still lag behind, when they have caught up, after a restart, and when
        they were made anew."""
        self.append(200)
        self.compare(QUESTIONS // 4)
        self.append(EVENTS - 200)
        self.compare(QUESTIONS // 2)
        self.restart()
        self.compare(QUESTIONS // 4)
        self.restart(without_index=True)
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
            ("since", self.edges()),
            ("until", self.edges()),
            ("share", [(index, 5) for index in range(1, 6)] + [(1, 1), (64, 64)]),
        ):
            for value in values:
                filter_ = Filter(self.chance, self.times).only(**{name: value})
                for reverse in (False, True):
                    with self.subTest(name, value=value, reverse=reverse):
                        found = self.read(filter_, None, reverse, PAGE_EVENTS_MAX)
                        self.assertEqual(found, self.scan(filter_, None, reverse))

    def edges(self):
        """On, right before and right after times of blocks, and where there is nothing."""
        some = [self.times[0], *self.chance.sample(self.times, 3), self.times[-1]]
        around = sorted({at + off for at in some for off in (-1, 0, 1)})
        return [-1, 0, 1, *around, self.times[-1] + 10**12]

    def test_a_time_without_facts_is_passed_over_at_once(self):
        """However large the log, one page says that there is nothing."""
        self.append(1_000)
        last = self.times[-1]
        for what, filter_ in (
            ("what is to come", field(7, last + 1)),
            ("what was before", field(8, self.times[0])),
            ("nothing between", field(7, last) + field(8, last)),
            ("turned round", field(7, last) + field(8, self.times[0])),
        ):
            for reverse in (0, 1):
                with self.subTest(what, reverse=reverse):
                    page = self.page(filter=filter_, max_events=1, reverse=reverse)
                    self.assertNotIn(1, page)
                    self.assertEqual(page[2], [1 if reverse else len(self.facts)])
                    self.assertFalse(page[5][0])

    def test_shares(self):
        """Each stream is one reader's, and stays so; together they read everything."""
        self.assertEqual([share_bucket(one) for one in ("ext/1", "client/42")], [11, 29])
        self.append(600)
        everything = self.scan(Filter(self.chance, self.times).only(), None, False)
        for without_index in (None, False, True):
            if without_index is not None:
                self.restart(without_index)
            for count in SHARES:
                with self.subTest(count=count, without_index=without_index):
                    parts = [self.read_share(index, count) for index in range(1, count + 1)]
                    self.assertEqual(sorted(sum(parts, [])), everything)
                    owners = {}
                    for index, part in enumerate(parts, 1):
                        for at, _ in part:
                            owners.setdefault(self.facts[at - 1].stream, set()).add(index)
                    self.assertEqual([one for one in owners.values() if len(one) != 1], [])
                    for stream, (owner,) in owners.items():
                        self.assertTrue(in_share(stream, owner, count), stream)

    def read_share(self, index, count):
        filter_ = Filter(self.chance, self.times).only(share=(index, count))
        return self.read(filter_, None, False, PAGE_EVENTS_MAX)

    def test_shares_that_cannot_be(self):
        for index, count in ((0, 2), (3, 2), (1, 0), (0, 0), (1, 65), (65, 65)):
            with self.subTest(index=index, count=count):
                share = field(9, field(1, index) + field(2, count))
                self.peer.send(field(READ, field(2, share)))
                error = fields(fields(self.peer.receive())[1][0])
                self.assertEqual(error[2], [b"invalid_value"])

    def test_a_reader_that_waits_for_its_share(self):
        self.append(50)
        head = len(self.facts)
        request = field(1, head + 1) + field(2, field(9, field(1, 2) + field(2, 3))) + field(5, 25_000)
        self.peer.send(field(READ, request))
        waiting, self.peer = self.peer, self.connect()
        self.append(60)
        expected = next(
            at
            for at, fact in enumerate(self.facts, 1)
            if at > head and in_share(fact.stream, 2, 3)
        )
        page = fields(fields(waiting.receive())[READ][0])
        self.assertEqual(int.from_bytes(fields(page[1][0])[1][0], "little"), expected)

    def test_as_ledgerctl_asks(self):
        self.append(40)
        self.append(40)
        middle = self.times[60]

        def positions(*arguments):
            return [int(one["position"]) for one in self.started.read(*arguments)]

        def passing(condition):
            return [at for at, fact in enumerate(self.facts, 1) if condition(fact)]

        def instant(micros, form):
            since_1970 = datetime.timedelta(microseconds=micros)
            return format(datetime.datetime(1970, 1, 1) + since_1970, form)

        later = passing(lambda fact: fact.recorded_at >= middle)
        earlier = passing(lambda fact: fact.recorded_at < middle)
        for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f+00:00"):
            with self.subTest(form):
                self.assertEqual(positions("--since", instant(middle, form)), later)
                self.assertEqual(positions("--until", instant(middle, form)), earlier)
        five_hours_east = instant(middle + 5 * 3_600_000_000, "%Y-%m-%dT%H:%M:%S.%f+05:00")
        self.assertEqual(positions("--since", five_hours_east), later)
        first, last = (instant(self.times[at], "%Y-%m-%d") for at in (0, -1))
        everything = passing(lambda fact: True)
        self.assertEqual(positions("--since", first, "--until", last), everything)
        self.assertEqual(positions("--since", instant(self.times[-1] + 86_400_000_000, "%Y-%m-%d")), [])
        self.assertEqual(positions("--until", instant(self.times[0] - 86_400_000_000, "%Y-%m-%d")), [])
        mine = passing(lambda fact: in_share(fact.stream, 2, 3))
        self.assertEqual(positions("--share", "2/3"), mine)
        self.assertEqual(positions("--share", "2/3", "--reverse"), mine[::-1])
        both = [at for at in mine if at in later]
        since = instant(middle, "%Y-%m-%dT%H:%M:%S.%fZ")
        self.assertEqual(positions("--share", "2/3", "--since", since), both)
        for words in (
            ("--since", "yesterday"),
            ("--until", "2026-02-30"),
            ("--share", "0/2"),
            ("--share", "3/2"),
            ("--share", "2"),
            ("--share", "a/b"),
        ):
            with self.subTest(words):
                self.started.ctl("read", *words, expect=2)
        self.started.ctl("read", "--share", "1/65", expect=65)

    def test_a_condition_without_a_value_is_refused(self):
        self.append(1)
        for name in ("stream", "category", "type", "actor", "subject", "since", "share"):
            for command in ("read", "tail"):
                with self.subTest(name, command=command):
                    told = self.started.ctl(command, f"--{name}", "", expect=None)
                    self.assertIn(told.status, (2, 65))
                    self.assertIn(f"{name}: ", told.stderr)
                    self.assertEqual(told.stdout, "")

    def test_what_passes_nothing_is_told(self):
        self.assertIn("the ledger holds no facts", self.started.ctl("read").stderr)
        self.append(1)
        told = self.started.ctl("read", "--subject", "cleint/42", "--category", "nosuch", "--json")
        self.assertEqual(told.stdout, "")
        self.assertIn("facts passes --category nosuch --subject cleint/42\n", told.stderr)
        self.assertEqual(self.started.ctl("read").stderr, "")
        told = self.started.ctl("read", "--since", "2026-11-23", "--until", "2026-11-01", expect=2)
        self.assertIn("until: it lies before --since", told.stderr)

    def test_positions_as_they_are_printed(self):
        self.append(1)
        self.assertEqual(len(self.started.read("--from", "0,001")), 1)
        for wrong in ("1,00", ",001", "1,", "1,,000", "1000,000", "1,0000"):
            with self.subTest(wrong):
                told = self.started.ctl("read", "--from", wrong, expect=2)
                self.assertIn(f'"{wrong}" is no position', told.stderr)

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
