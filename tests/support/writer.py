"""A writer that remembers what the ledger acknowledged, to hold the ledger to it later."""

import threading
import uuid

from wire import Peer, field, fields, read_varint

APPEND = 10


class Writer(threading.Thread):
    """Appends one event after the other until the connection breaks or `more` of them are stored.

    `acknowledged` is {event id: position}. `unanswered` is the event that was under way when the
    connection broke: it may be stored or not, and is sent first when the next writer takes over.
    """

    def __init__(self, path, name, more=None, before=None):
        super().__init__(daemon=True)
        self.path, self.name = path, name
        self.acknowledged = dict(before.acknowledged) if before else {}
        self.unanswered = before.unanswered if before else None
        self.enough = None if more is None else len(self.acknowledged) + more
        self.problem = None

    def run(self):
        try:
            with Peer(self.path, seconds=30) as peer:
                peer.greet()
                while self.enough is None or len(self.acknowledged) < self.enough:
                    if not self.write_one(peer):
                        return
        except OSError:
            pass
        except Exception as problem:  # shown by the test's own thread
            self.problem = problem

    def write_one(self, peer):
        if self.unanswered is None:
            self.unanswered = uuid.uuid4()
        peer.send(request(self.unanswered, self.name))
        reply = peer.receive()
        if reply is None:
            return False
        self.acknowledged[str(self.unanswered)] = position_of(reply)
        self.unanswered = None
        return True


def request(event_id, name):
    event = (
        field(1, event_id.bytes)
        + field(2, f"ext/{name}")
        + field(3, "ext.test.Written")
        + field(5, field(2, field(1, 40_000)))
        + field(6, name)
        + field(16, event_id.bytes * 8)
    )
    return field(APPEND, field(1, field(1, field(1, event))))


def position_of(reply):
    found = fields(reply)
    if APPEND not in found:
        raise AssertionError(f"refused: {found}")
    outcome = fields(fields(found[APPEND][0])[1][0])
    if 1 in outcome:
        raise AssertionError(f"refused: {fields(outcome[1][0])}")
    return read_varint(outcome[2][0], 0)[0]


def check_ledger(test, ledger, acknowledged):
    """Positions are dense, stream versions too, and all that was acknowledged stands where it
    was said to."""
    records = ledger.read()
    test.assertEqual([int(one["position"]) for one in records], list(range(1, len(records) + 1)))
    versions = {}
    for record in records:
        stream = record["stream"]
        versions[stream] = versions.get(stream, 0) + 1
        test.assertEqual(int(record["streamVersion"]), versions[stream])
    stored = {one["eventId"]: int(one["position"]) for one in records}
    test.assertEqual(len(stored), len(records), "an event is stored twice")
    lost = {id_: at for id_, at in acknowledged.items() if stored.get(id_) != at}
    test.assertFalse(lost, f"{len(lost)} of {len(acknowledged)} acknowledged events are lost")
    return records
