"""`ledgerctl export` and `ledgerctl restore`: the same log again, or none at all."""

import base64
import hashlib
import json
import os
import random
import signal
import subprocess
import uuid

import facts
from fieldledger import BIN, SOURCE, Ledger, ProcessTest, main, patience, running, wait_until
from wire import ask, field, fields

SAMPLE = SOURCE / "deploy" / "samples" / "open-payments-2013"
FORMATS = ("records", "json")
APPEND, READ = 10, 11  # of Request and Reply
RECORD, HEADER, END = 1, 2, 3  # of Export
SEED = 6962


class Unborn(Ledger):
    """A folder in which nothing runs until it is started by hand."""

    def __enter__(self):
        running.append(self)
        return self


def export(ledger, format_, name="export", *arguments, expect=0):
    path = ledger.folder / f"{name}.{format_}"
    words = ["--format", format_, "--output", path, *map(str, arguments)]
    outcome = ledger.ctl("export", *words, expect=expect)
    return path if expect == 0 else outcome


def without_identity(path):
    """An export's bytes, but for the epoch, which grows with each restore."""
    data = path.read_bytes()
    if path.suffix == ".json":
        lines = [json.loads(line) for line in data.splitlines()]
        del lines[0]["export"]["identity"]["epoch"]
        del lines[-1]["exportEnd"]["header"]["identity"]["epoch"]
        return lines[0], lines[-1], data.splitlines()[1:-1]
    parts = fields(data)
    end = fields(parts[END][0])
    return parts.get(RECORD), end[1], end[2]


def merkle_root(leaves):
    """RFC 6962, straight from its definition."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(
        b"\x01" + merkle_root(leaves[:middle]) + merkle_root(leaves[middle:])
    ).digest()


def packed_event(type_, payload, *more):
    return b"".join(
        [
            field(1, uuid.uuid4().bytes),
            field(2, "thing/1"),
            field(3, type_),
            field(5, field(3, b"")),
            field(6, "robot"),
            field(16, payload),
            *more,
        ]
    )


def append_packed(ledger, *events):
    news = b"".join(field(1, field(1, event)) for event in events)
    reply = ask(ledger.data / "run" / "append.sock", field(APPEND, field(1, news)))
    assert 1 not in fields(fields(fields(reply)[APPEND][0])[1][0]), reply


def fill(ledger):
    """Facts of many forms: most are told by their JSON, some only by their bytes."""
    personal = [{"personId": "p-1", "values": {"name": "Ада", "phones": ["1", "2"]}}]
    visit = facts.visit("v-1", "c-1", occurred="2026-03-02T10:15:00.123456+03:00")
    ledger.append(facts.client("c-1", personal=personal), visit)
    ledger.append(facts.visit("v-1", "c-1", occurred="unknown", correlationId=str(uuid.uuid4())))
    ledger.append(facts.correction(visit, visit["payload"]))
    ledger.append(
        facts.event("ext.acme.Thing", "thing/1", {"z": 1, "a": [0.1, 1e300, None]}),
        facts.event("ext.acme.Thing", "thing/1", "AAEC"),
        arguments=["--atomic"],
    )
    append_packed(
        ledger,
        packed_event("ext.acme.Thing", b'{"spaced" :  1.0000000000000002}'),
        packed_event("ext.acme.Thing", b"\xff\x00\xfe"),
        packed_event("ext.acme.Thing", b"x", field(99, "a field that is not ours")),
        packed_event("ext.acme.Thing", b"x", field(4, 0)),
    )
    ledger.append(*(facts.visit(f"v-{i % 30}", f"c-{i % 9}") for i in range(200)))


class RoundTrip(ProcessTest):
    def unborn(self):
        return self.enterContext(Unborn())

    def restored(self, path, *arguments):
        other = self.unborn()
        other.ctl("restore", *arguments, path)
        other.start("ledgerd")
        return other

    def check(self, ledger, path):
        """All that there is to compare between a ledger and what was restored from its export."""
        other = self.restored(path)
        old, new = ledger.status(), other.status()
        self.assertEqual(new["ledger"]["rootHash"], old["ledger"]["rootHash"])
        self.assertEqual(new["ledger"]["blocks"], old["ledger"]["blocks"])
        self.assertEqual(new["ledger"]["streams"], old["ledger"]["streams"])
        self.assertEqual(new["identity"]["ledgerId"], old["identity"]["ledgerId"])
        self.assertEqual(int(new["identity"]["epoch"]), int(old["identity"]["epoch"]) + 1)
        self.assertEqual(other.ctl("read", "--json").stdout, ledger.ctl("read", "--json").stdout)
        for format_ in FORMATS:
            self.assertEqual(
                without_identity(export(other, format_)), without_identity(export(ledger, format_))
            )
        other.ctl("verify")
        return other

    def test_the_same_log_again(self):
        ledger = self.ledger()
        fill(ledger)
        for format_ in FORMATS:
            with self.subTest(format_):
                other = self.check(ledger, export(ledger, format_))
                again = self.check(other, export(other, format_))  # and a restore of the restore
                self.assertEqual(again.status()["identity"]["epoch"], "3")

    def test_a_real_sample(self):
        ledger = self.ledger()
        ledger.import_file("open-payments.yaml", SAMPLE / "general_payments.csv.gz")
        self.check(ledger, export(ledger, "records"))

    def test_it_goes_on(self):
        ledger = self.ledger()
        known = facts.visit("v-1", "c-1")
        ledger.append(facts.client("c-1"), known)
        other = self.restored(export(ledger, "records"))
        self.assertEqual(other.append(known).lines[0]["positions"], ["2"])
        self.assertEqual(other.append(known).lines[0]["duplicates"], 1)
        changed = {**known, "actor": "somebody"}
        self.assertEqual(other.append(changed, expect=65).error["code"], "event_id_reused")
        version = ["--expect", "visit/v-1=1"]
        self.assertEqual(
            other.append(facts.visit("v-1", "c-1"), arguments=version).lines[0]["positions"], ["3"]
        )
        other.ctl("verify")

    def test_readers_of_the_former_are_told(self):
        ledger = self.ledger()
        ledger.append(facts.client("c-1"))
        identity = ledger.status()["identity"]
        other = self.restored(export(ledger, "records"))
        wire = field(1, uuid.UUID(identity["ledgerId"]).bytes) + field(2, int(identity["epoch"]))
        for one, refused in ((ledger, False), (other, True)):
            reply = ask(one.data / "run" / "read.sock", field(READ, field(1, 1) + field(7, wire)))
            self.assertEqual(b"wrong_ledger" in reply, refused)

    def test_an_epoch_that_is_given(self):
        ledger = self.ledger()
        ledger.append(facts.client("c-1"))
        path = export(ledger, "records")
        self.assertEqual(self.restored(path, "--epoch", "7").status()["identity"]["epoch"], "7")
        other = self.unborn()
        self.assertEqual(other.ctl("restore", "--epoch", "1", path, expect=2).status, 2)
        self.assertFalse(other.data.exists())

    def test_nothing(self):
        ledger = self.ledger()
        for format_ in FORMATS:
            self.check(ledger, export(ledger, format_))


class Files(ProcessTest):
    """What an export is, for whoever reads it without us."""

    def test_records(self):
        ledger = self.ledger()
        fill(ledger)
        data = export(ledger, "records").read_bytes()
        parts = fields(data)  # one message, by any decoder
        self.assertEqual(len(parts[RECORD]), ledger.head())
        root = merkle_root(parts[RECORD])
        self.assertEqual(fields(parts[END][0])[2][0], root)
        told = ledger.status()["ledger"]["rootHash"]
        self.assertEqual(base64.b64decode(told), root)
        self.assertEqual(fields(parts[HEADER][0]), fields(fields(parts[END][0])[3][0]))

    def test_json(self):
        ledger = self.ledger()
        fill(ledger)
        lines = export(ledger, "json").read_text().splitlines()[1:-1]
        self.assertEqual(
            export(ledger, "json").read_text(), ledger.ctl("export", "--format", "json").stdout
        )
        read = ledger.ctl("read", "--json").stdout.splitlines()
        told_by_bytes = 0
        for line, plain in zip(lines, read, strict=True):
            if line != plain:
                with_bytes = json.loads(line)
                told_by_bytes += "packed" in with_bytes
                del with_bytes["packed"]
                self.assertEqual(with_bytes, json.loads(plain))
        self.assertEqual(told_by_bytes, 4)  # those that were packed by hand

    def test_a_part(self):
        ledger = self.ledger()
        ledger.append(*(facts.client(f"c-{i}") for i in range(10)))
        parts = fields(export(ledger, "records", "part", "--from", 3, "--to", 6).read_bytes())
        self.assertEqual(len(parts[RECORD]), 4)
        self.assertEqual(fields(parts[END][0])[2][0], merkle_root(parts[RECORD]))
        other = self.enterContext(Unborn())
        self.assertEqual(other.ctl("restore", ledger.folder / "part.records", expect=2).status, 2)
        other.ctl("restore", export(ledger, "records", "start", "--to", 6))
        other.start("ledgerd")
        self.assertEqual(other.head(), 6)
        for words in (["--from", 12], ["--to", 11], ["--from", 5, "--to", 4], ["--from", "x"]):
            export(ledger, "records", "none", *words, expect=2)
        self.assertFalse((ledger.folder / "none.records").exists())

    def test_output_that_cannot_be_written(self):
        ledger = self.ledger()
        ledger.append(facts.client("c-1"))
        ledger.ctl("export", "--output", ledger.folder / "none" / "file", expect=74)
        other = ledger.folder / "notes"
        other.write_text("mine\n")
        told = ledger.ctl("export", "--output", other, expect=2)
        self.assertIn(f"{other} is there, and is no export", told.stderr)
        self.assertEqual(other.read_text(), "mine\n")
        for form in ("records", "json"):  # an older export is replaced
            ledger.ctl("export", "--format", form, "--output", ledger.folder / "export")
        with open("/dev/full", "wb") as full:
            command = [BIN / "ledgerctl", "export", "--data", ledger.data]
            ended = subprocess.run(
                command, stdout=full, stderr=subprocess.PIPE, timeout=patience(60)
            )
        self.assertEqual(ended.returncode, 74)


class Refusals(ProcessTest):
    """A directory is a ledger when all of it is right, and else it is none."""

    def setUp(self):
        self.source = self.ledger()
        fill(self.source)
        self.root = self.source.status()["ledger"]["rootHash"]

    def refused(self, data, expect):
        other = self.enterContext(Unborn())
        path = other.folder / "file"
        path.write_bytes(data)
        outcome = other.ctl("restore", "--json", path, expect=expect)
        self.assertTrue(outcome.error.get("message"), outcome)
        self.assertFalse(other.data.exists())
        return outcome

    def test_cut_short(self):
        for format_ in FORMATS:
            data = export(self.source, format_).read_bytes()
            pick = random.Random(SEED)
            for size in (1, len(data) // 2, len(data) - 2, *(pick.randrange(len(data)) for _ in range(6))):
                with self.subTest(format=format_, size=size):
                    self.refused(data[:size], 65)
            if format_ == "json":  # between two lines, and without the end
                lines = data.splitlines(keepends=True)
                self.refused(b"".join(lines[:-1]), 65)
                self.refused(b"".join(lines[1:]), 65)
                self.refused(b"".join(lines[:5] + lines[6:]), 74)

    def test_altered(self):
        """One bit. A text may have been altered without another meaning: then the log is the same."""
        pick = random.Random(SEED)
        for format_ in FORMATS:
            data = export(self.source, format_).read_bytes()
            offsets = [3, 9, len(data) - 9, *(pick.randrange(len(data)) for _ in range(20))]
            for offset in offsets:
                altered = bytearray(data)
                altered[offset] ^= 1 << pick.randrange(7)
                with self.subTest(format=format_, offset=offset):
                    other = self.enterContext(Unborn())
                    path = other.folder / "file"
                    path.write_bytes(altered)
                    outcome = other.ctl("restore", "--json", path, expect=None)
                    self.assertIn(outcome.status, (0, 2, 65, 74), outcome)
                    if outcome.status != 0:
                        self.assertFalse(other.data.exists(), outcome)
                        continue
                    self.assertEqual(format_, "json")
                    other.start("ledgerd")
                    self.assertEqual(other.status()["ledger"]["rootHash"], self.root)
                    other.kill("ledgerd")

    def test_garbage(self):
        data = export(self.source, "records").read_bytes()
        for what in (b"", b"\n", b"{", b"{}\n", b"hello", os.urandom(500), data + b"\x0a\x01x"):
            with self.subTest(what[:20]):
                self.refused(what, 65)

    def test_a_false_history(self):
        """Sound records with a right root, but not what a ledger can hold."""
        for what, records in (
            ("a version twice", [record(1, 1), record(2, 1)]),
            ("a version left out", [record(1, 1), record(2, 3)]),
            ("an event id twice", [record(1, 1, b"i" * 16), record(2, 2, b"i" * 16)]),
            ("a position left out", [record(1, 1), record(3, 2)]),
            ("time goes back", [record(1, 1, micros=5), record(2, 2, micros=4)]),
        ):
            with self.subTest(what):
                self.refused(made_export(records), 74)
        other = self.enterContext(Unborn())
        path = other.folder / "file"
        path.write_bytes(made_export([record(1, 1), record(2, 2)]))
        other.ctl("restore", path)

    def test_a_directory_in_one_that_is_not_there(self):
        other = self.enterContext(Unborn())
        data = other.folder / "none" / "of" / "these"
        path = export(self.source, "records")
        told = other.ctl("restore", "--data", data, path, expect=None)
        self.assertNotEqual(told.status, 0)
        self.assertIn(f"data: {data.parent}: No such file or directory; make this", told.stderr)
        self.assertFalse((other.folder / "none").exists())

    def test_a_directory_that_holds_something(self):
        path = export(self.source, "records")
        before = self.source.ctl("read", "--json").stdout
        self.source.ctl("restore", path, expect=2)
        self.assertEqual(self.source.ctl("read", "--json").stdout, before)
        self.source.ctl("restore", self.source.folder / "none", expect=66)

    def test_killed_half_way(self):
        other = self.enterContext(Unborn())
        data = export(self.source, "records").read_bytes()
        command = [BIN / "ledgerctl", "restore", "--data", other.data, "-"]
        restore = subprocess.Popen(command, stdin=subprocess.PIPE)
        restore.stdin.write(data[: len(data) // 2])
        restore.stdin.flush()
        wait_until((other.data / "restoring" / "log" / "owner").exists, "it has begun")
        with open(other.folder / "file", "wb") as file:
            file.write(data)
        outcome = other.ctl("restore", "--json", other.folder / "file", expect=75)
        self.assertEqual(outcome.error["code"], "locked")
        restore.send_signal(signal.SIGKILL)
        restore.wait()
        restore.stdin.close()
        self.assertFalse((other.data / "log").exists())
        begun = subprocess.run(
            [BIN / "ledgerd", "--data", other.data],
            capture_output=True,
            text=True,
            timeout=patience(30),
        )
        self.assertEqual(begun.returncode, 78)
        self.assertIn("did not come to its end", begun.stdout + begun.stderr)
        other.ctl("restore", other.folder / "file")
        other.start("ledgerd")
        self.assertEqual(other.status()["ledger"]["rootHash"], self.root)

    def test_killed_between_the_moves(self):
        """The indexes are in their place, the log is not: what is left is no reason to refuse."""
        other = self.enterContext(Unborn())
        path = export(self.source, "records")
        for folder in ("restoring/log", "restoring/index", "index"):
            (other.data / folder).mkdir(parents=True)
        (other.data / "index" / "data.mdb").write_bytes(b"of a restore that was killed")
        other.ctl("restore", path)
        other.start("ledgerd")
        self.assertEqual(other.status()["ledger"]["rootHash"], self.root)



def record(position, version, event_id=None, micros=1):
    event = packed_event("ext.acme.Thing", b"x")
    if event_id is not None:
        event = field(1, event_id) + event[18:]
    return b"".join(
        [
            b"\x09" + position.to_bytes(8, "little"),
            b"\x11" + (1700000000000000 + micros).to_bytes(8, "little"),
            field(3, version),
            field(4, "local"),
            field(5, event),
        ]
    )


def made_export(records):
    header = field(1, 1) + field(2, field(1, bytes(range(16))) + field(2, 1)) + field(3, 1)
    end = field(1, len(records)) + field(2, merkle_root(records)) + field(3, header)
    return field(HEADER, header) + field(RECORD, records) + field(END, end)


if __name__ == "__main__":
    main()
