"""The leaf hashes that audit-trail shows are those of the records that the ledger exports."""

import base64
import hashlib

import facts
from fieldledger import ProcessTest, main
from wire import fields

RECORD = 1  # of Export


def merkle_root(leaves):
    """RFC 6962, from hashes of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    parts = merkle_root(leaves[:middle]) + merkle_root(leaves[middle:])
    return hashlib.sha256(b"\x01" + parts).digest()


class LeafHashes(ProcessTest):
    def setUp(self):
        self.started = self.ledger("audit-trail")
        registered = facts.event(
            "ClientRegistered",
            "client/c-1",
            {"clientId": "c-1", "kind": "HCP"},
            occurred="2026-03-01",
        )
        registered["subjects"] = [{"kind": "client", "id": "c-1"}]
        registered["personal"] = [{"personId": "c-1", "values": {"name": "Person 1"}}]
        corrected = facts.event(
            "FactCorrected",
            "client/c-1",
            {"type": "ClientRegistered", "payload": {"clientId": "c-1", "kind": "HOSPITAL"}},
            occurred="2026-03-02",
        )
        corrected["reason"] = "a slip"
        corrected["correctsEventId"] = registered["eventId"]
        decided = facts.event(
            "DecisionRecorded",
            "decision/1",
            {"decisionId": "1", "decision": "wait"},
            occurred="2026-03-03",
        )
        self.started.append(registered, corrected, decided)
        self.started.wait_followed()

    def leaves(self, *arguments):
        """By position, as bytes."""
        rows = self.started.query("audit-trail", "search", *arguments).table("records")
        return {int(row["position"]): bytes.fromhex(row["leaf"]) for row in rows}

    def test_each_record_has_the_leaf_that_its_bytes_have(self):
        path = self.started.folder / "export"
        self.started.ctl("export", "--format", "records", "--output", path)
        records = fields(path.read_bytes())[RECORD]
        expected = [hashlib.sha256(b"\x00" + record).digest() for record in records]
        self.assertEqual(self.leaves(), dict(enumerate(expected, 1)))
        root = self.started.ctl("verify", "--json").json["rootHash"]
        self.assertEqual(merkle_root(expected), base64.b64decode(root))

    def test_what_is_asked_of_an_object_shows_the_leaf_of_each_version(self):
        every = self.leaves()
        found = self.leaves("--object", "client/c-1")
        self.assertEqual(found, {position: every[position] for position in (1, 2)})


if __name__ == "__main__":
    main()
