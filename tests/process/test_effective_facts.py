"""Random histories of visits, corrections, retractions and merges, held against a model that is
short, slow and obvious."""

import os
import random

import facts
from fieldledger import ProcessTest, main

SEED = int(os.environ.get("FIELDLEDGER_SEED", "4711"))
HISTORIES = 6
EVENTS = 60
QUESTIONS = 12
LINKS = 300
CLIENTS = [f"c-{number}" for number in range(6)]
REPS = ["rep-1", "rep-2", "rep-3"]
DAYS = [f"2026-0{month}-{day:02}" for month in (1, 2) for day in (1, 2, 15, 28)]


class History:
    """Events in order of position, made up so that each is possible at its place."""

    def __init__(self, chance):
        self.chance = chance
        self.events = []
        self.visits = []
        self.amendments = []
        self.merges = []
        self.reversed = []
        while len(self.events) < EVENTS:
            self.events += [self.next()]

    def next(self):
        kinds = ["visit"] * 4 + ["correct", "correct", "retract", "unretract"]
        kinds += ["merge", "unmerge", "void"]
        kind = self.chance.choice(kinds)
        if kind == "correct" and self.visits:
            return self.amend(self.correction(self.chance.choice(self.visits)))
        if kind == "retract" and self.visits:
            return self.amend(facts.retraction(self.chance.choice(self.visits)))
        if kind == "unretract" and self.amendments:
            return self.amend(facts.retraction(self.chance.choice(self.amendments)))
        if kind == "merge":
            merge = self.merge()
            if merge:
                return merge
        if kind == "unmerge" and self.merges:
            self.reversed += [self.merges.pop(self.chance.randrange(len(self.merges)))]
            return facts.merge_reversed(self.reversed[-1])
        if kind == "void":
            return self.void()
        return self.visit()

    def void(self):
        """What changes nothing: a client merged into itself, a reversal of nothing, or again."""
        client = self.chance.choice(CLIENTS)
        nothing = facts.merge(client, client)
        choices = [nothing, facts.merge_reversed(facts.merge(client, "c-0"))]
        choices += [facts.merge_reversed(merge) for merge in self.reversed]
        return self.chance.choice(choices)

    def visit(self):
        occurred = self.chance.choice([*DAYS, "unknown"])
        client = self.chance.choice(CLIENTS)
        actor = self.chance.choice(REPS)
        visit = facts.visit(f"v-{len(self.events)}", client, occurred=occurred, actor=actor)
        self.visits.append(visit)
        return visit

    def correction(self, visit):
        payload = {"visitId": visit["payload"]["visitId"], "clientId": self.chance.choice(CLIENTS)}
        day = self.chance.choice([*DAYS, "unknown"])
        what = self.chance.randrange(3)
        return facts.correction(
            visit, payload if what != 0 else None, new_occurred=day if what != 1 else None
        )

    def amend(self, amendment):
        self.amendments.append(amendment)
        return amendment

    def merge(self):
        """Of two clients that are in no merge as the merged one."""
        gone = {merge["payload"]["merged"] for merge in self.merges}
        left = [client for client in CLIENTS if client not in gone]
        if len(left) < 3:
            return None
        merge = facts.merge(*self.chance.sample(left, 2))
        self.merges.append(merge)
        return merge


def known_visits(events):
    """(actor, client, occurred) of each visit as these events, and no others, tell it."""
    for root in events:
        if root["type"] != "VisitReported":
            continue
        deciding = root
        for amendment in amendments_in_force(root, events):
            if amendment["type"] == "FactCorrected" or names(amendment, root):
                deciding = amendment
        if deciding["type"] == "FactRetracted":
            continue
        new = deciding["payload"] if deciding is not root else {}
        payload = new.get("payload", root["payload"])
        yield root["actor"], payload["clientId"], new.get("occurred", root["occurred"])


def names(amendment, event):
    return amendment["correctsEventId"] == event["eventId"]


def amendments_in_force(root, events):
    """In order. One is taken back by a later retraction that names it and is itself in force."""
    chain = [root]
    for event in events:
        if "correctsEventId" in event and any(names(event, one) for one in chain):
            chain.append(event)

    def in_force(at):
        return not any(
            later["type"] == "FactRetracted" and names(later, chain[at]) and in_force(chain.index(later))
            for later in chain[at + 1 :]
        )

    return [chain[at] for at in range(1, len(chain)) if in_force(at)]


def aliases(events):
    """{merged client: survivor}"""
    edges = {}
    for event in events:
        if event["type"] == "ClientsMerged":
            edges[event["eventId"]] = (event["payload"]["merged"], event["payload"]["survivor"])
        if event["type"] == "MergeReversed":
            edges.pop(event["payload"]["mergeEventId"], None)
    return {merged: survivor for merged, survivor in edges.values() if merged != survivor}


def expected_scorecard(events, occurred_by):
    """{rep: (contacts, visits, clients, field days)}; unknown times are in none of them."""
    edges = aliases(events)
    found = {}
    for actor, client, occurred in known_visits(events):
        if occurred == "unknown" or (occurred_by and occurred > occurred_by):
            continue
        while client in edges:
            client = edges[client]
        found.setdefault(actor, []).append((client, occurred))
    return {
        actor: (
            len(set(contacts)),
            len(contacts),
            len({client for client, _ in contacts}),
            len({day for _, day in contacts}),
        )
        for actor, contacts in found.items()
    }


class EffectiveFacts(ProcessTest):
    def test_random_histories(self):
        print(f"seed {SEED}")
        for number in range(HISTORIES):
            with self.subTest(history=number):
                self.run_history(random.Random(SEED + number))

    def test_long_chains(self):
        """Each amendment names the one before it."""
        for kind in ("corrections", "retractions"):
            with self.subTest(kind):
                self.run_chain(random.Random(SEED), kind)

    def run_chain(self, chance, kind):
        ledger = self.ledger("rep-activity", "client-history")
        root = facts.visit("v-0", "c-0", occurred=DAYS[0], actor=REPS[0])
        events = [root]
        while len(events) <= LINKS:
            if kind == "corrections":
                payload = {"visitId": "v-0", "clientId": chance.choice(CLIENTS)}
                link = facts.correction(root, payload, new_occurred=chance.choice(DAYS))
                link["correctsEventId"] = events[-1]["eventId"]
            else:
                link = facts.retraction(events[-1])
            events.append(link)
        ledger.append(*events)
        ledger.wait_followed()
        for position in (1, 2, 3, 64, 65, 66, LINKS, LINKS + 1):
            found = self.ask(ledger, position, DAYS[4])
            # The obvious model takes its time with retractions of retractions: they alternate.
            known = events[:position]
            if kind == "retractions":
                known = events[: 2 - position % 2]
            self.assertEqual(found, expected_scorecard(known, DAYS[4]), position)
        answer = ledger.query("client-history", "timeline", "--client", "c-0")
        self.assertEqual(len(answer.table("timeline")), LINKS + 1)
        self.assertEqual(ledger.query("rep-activity", "parked").table("parked"), [])

    def run_history(self, chance):
        ledger = self.ledger("rep-activity")
        history = History(chance)
        ledger.append(*history.events)
        self.assertEqual(ledger.head(), len(history.events))
        ledger.wait_followed()
        for _ in range(QUESTIONS):
            position = chance.choice((len(history.events), chance.randint(1, len(history.events))))
            day = chance.choice((None, chance.choice(DAYS)))
            expected = expected_scorecard(history.events[:position], day)
            found = self.ask(ledger, position, day)
            if found != expected:
                self.fail(self.difference(ledger, history.events, position, day))
        for name in ("rep-activity", "ledgerd"):
            ledger.kill(name)

    def ask(self, ledger, position, day):
        words = ["scorecard", "--as-of-position", str(position)]
        words += ["--as-of-occurred", day] if day else []
        rows = ledger.query("rep-activity", *words, follow=False).table("reps")
        names = ("contacts", "visits", "clients_reached", "field_days")
        return {row["rep"]: tuple(row[name] for name in names) for row in rows if row["visits"]}

    def difference(self, ledger, events, position, day):
        """The first position at which the two part, and what led there."""
        for at in range(1, position + 1):
            expected, found = expected_scorecard(events[:at], day), self.ask(ledger, at, day)
            if expected != found:
                break
        lines = [f"{number}: {brief(event)}" for number, event in enumerate(events[:at], 1)]
        return "\n".join([f"as of {at}, {day}: expected {expected}, found {found}", *lines])


def brief(event):
    keys = ("eventId", "type", "actor", "occurred", "correctsEventId", "payload")
    return {key: event[key] for key in keys if key in event}


if __name__ == "__main__":
    main()
