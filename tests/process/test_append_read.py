"""What may be appended, what is refused and how, and that a refusal leaves no trace."""

import copy
import datetime
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import termios

import facts
from fieldledger import BIN, ProcessTest, main, new_id, patience

EVENT_SIZE_MAX = 49152


def spoiled(**changes):
    """A valid visit with fields of the envelope replaced; None takes one out."""
    event = facts.visit("v-bad", "c-1")
    event.update(changes)
    return {name: value for name, value in event.items() if value is not None}


def spoiled_payload(**changes):
    event = facts.visit("v-bad", "c-1")
    event["payload"].update(changes)
    event["payload"] = {name: value for name, value in event["payload"].items() if value is not None}
    return event


def hours_ahead(hours):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(hours=hours)).isoformat(timespec="milliseconds")


VISIT = {"kind": "visit", "id": "v-bad"}
CLIENT = {"kind": "client", "id": "c-1"}

# what is wrong, the event or line, the code of the refusal, the field it names
REFUSALS = [
    ("cut-off JSON", '{"type": "VisitReported", "stream":', "malformed_json", ""),
    ("no object", '["VisitReported"]', "invalid_value", ""),
    ("two documents on a line", '{"type": "A"} {"type": "B"}', "malformed_json", ""),
    ("bytes that are no UTF-8", b'{"type": "Visit\xff"}', "invalid_utf8", ""),
    ("half of a surrogate pair", '{"type": "Visit\\ud800"}', "malformed_json", ""),
    ("a NUL in text", spoiled(actor="rep\0one"), "embedded_nul", ""),
    ("a NUL in the payload", spoiled_payload(agreements="a\0b"), "embedded_nul", ""),
    ("an unknown type", spoiled(type="VisitInvented"), "unknown_type", "type"),
    ("no type", spoiled(type=None), "missing_field", "type"),
    ("no stream", spoiled(stream=None), "missing_field", "stream"),
    ("no actor", spoiled(actor=None), "missing_field", "actor"),
    ("no time", spoiled(occurred=None), "missing_field", "occurred"),
    ("no payload", spoiled(payload=None), "missing_field", "payload"),
    ("a payload field too few", spoiled_payload(clientId=None), "missing_field", "client_id"),
    ("an unknown envelope field", spoiled(actors="rep-1"), "unknown_field", "actors"),
    ("an unknown payload field", spoiled_payload(mood="good"), "unknown_field", "mood"),
    ("no subjects", spoiled(subjects=None), "missing_subject", "subjects"),
    ("no client among the subjects", spoiled(subjects=[VISIT]), "missing_subject", "subjects"),
    (
        "another client among the subjects",
        spoiled(subjects=[VISIT, {"kind": "client", "id": "c-2"}]),
        "missing_subject",
        "subjects",
    ),
    ("another category", spoiled(stream="client/c-1"), "wrong_category", "stream"),
    ("a stream without category", spoiled(stream="v-bad"), "invalid_value", "stream"),
    ("a stream without id", spoiled(stream="visit/"), "invalid_value", "stream"),
    ("a number for a text", spoiled(actor=7), "invalid_value", "actor"),
    ("a text for a list", spoiled(subjects="c-1"), "invalid_value", "subjects"),
    ("an id that is no UUID", spoiled(eventId="17"), "invalid_value", "event_id"),
    ("an enum value nobody knows", spoiled_payload(channel="PIGEON"), "invalid_value", "channel"),
    ("the 30th of February", spoiled(occurred="2026-02-30"), "invalid_time", "occurred"),
    ("the 13th month", spoiled(occurred="2026-13-01"), "invalid_time", "occurred"),
    ("25 o'clock", spoiled(occurred="2026-03-01T25:00:00Z"), "invalid_time", "occurred"),
    ("no offset", spoiled(occurred="2026-03-01T12:00:00"), "invalid_time", "occurred"),
    ("an offset of 30 h", spoiled(occurred="2026-03-01T12:00:00+30:00"), "invalid_time", "occurred"),
    ("words for a time", spoiled(occurred="yesterday"), "invalid_time", "occurred"),
    ("the year 1623", spoiled(occurred="1623-01-01"), "invalid_time", "occurred"),
    ("the year 0", spoiled(occurred="0000-01-01"), "invalid_time", "occurred"),
    ("two days ahead", spoiled(occurred=hours_ahead(48)), "occurred_in_future", "occurred"),
    (
        "an absurd time in the payload",
        spoiled_payload(started="1066-10-14T09:00:00Z"),
        "invalid_time",
        "started",
    ),
    ("a stream too long", spoiled(stream="visit/" + "9" * 300), "too_large", "stream"),
    ("an actor too long", spoiled(actor="r" * 129), "too_large", "actor"),
    ("65 subjects", spoiled(subjects=[VISIT, CLIENT] * 33), "too_large", "subjects"),
    ("an event too large", spoiled_payload(agreements="x" * EVENT_SIZE_MAX), "too_large", ""),
    (
        "a correction of nothing named",
        spoiled(type="FactRetracted", payload={}, reason="entered twice"),
        "missing_field",
        "corrects_event_id",
    ),
]


def snake(field):
    """`clientId` and `client_id` name the same field."""
    return "".join("_" + c.lower() if c.isupper() else c for c in field)


def on_terminal(columns, *words):
    """What ledgerctl prints on a terminal of so many columns, without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    environment = {**os.environ, "NO_COLOR": "1"}
    with subprocess.Popen([BIN / "ledgerctl", *words], stdout=theirs, env=environment) as process:
        os.close(theirs)
        told = b""
        try:
            while part := os.read(ours, 65536):
                told += part
        except OSError:  # EIO: the other end is closed
            pass
        os.close(ours)
    assert process.returncode == 0, told
    return told.decode()


class AppendRead(ProcessTest):
    def test_what_is_appended_can_be_read(self):
        ledger = self.ledger()
        sent = [
            facts.client("c-1"),
            facts.visit("v-1", "c-1", occurred="2026-03-02T10:15:00+03:00"),
            facts.visit("v-2", "c-1", occurred="unknown", actor="unknown"),
            facts.event("ext.acme.Thing", "thing/1", "AAEC", actor="robot"),
        ]
        outcome = ledger.append(*sent)
        self.assertEqual(positions(outcome), [1, 2, 3, 4])
        records = ledger.read()
        self.assertEqual([int(record["position"]) for record in records], [1, 2, 3, 4])
        for event, record in zip(sent, records):
            for name in ("eventId", "type", "stream", "occurred", "actor", "payload"):
                self.assertEqual(record[name], event[name])
        self.assertEqual(records[1]["subjects"], sent[1]["subjects"])
        self.assertEqual([int(record["streamVersion"]) for record in records], [1, 1, 1, 1])

    def test_stream_versions_count_from_one(self):
        ledger = self.ledger()
        ledger.append(*(facts.visit("v-1", "c-1") for _ in range(3)))
        versions = [int(record["streamVersion"]) for record in ledger.read("--stream", "visit/v-1")]
        self.assertEqual(versions, [1, 2, 3])

    def test_expected_versions(self):
        ledger = self.ledger()
        first = expecting("visit/v-1", 0)
        self.assertEqual(positions(ledger.append(facts.visit("v-1", "c-1"), arguments=first)), [1])
        outcome = ledger.append(facts.visit("v-1", "c-1"), arguments=first, expect=65)
        error = outcome.error
        self.assertEqual(error["code"], "wrong_expected_version")
        self.assertEqual(error["stream"], "visit/v-1")
        self.assertEqual(int(error["actualVersion"]), 1)
        self.assertEqual(ledger.head(), 1)
        next_one = expecting("visit/v-1", 1)
        self.assertEqual(positions(ledger.append(facts.visit("v-1", "c-1"), arguments=next_one)), [2])

    def test_a_version_of_a_stream_that_is_only_checked(self):
        ledger = self.ledger()
        ledger.append(facts.client("c-1"))
        checked = expecting("client/c-1", 1)
        ledger.append(facts.visit("v-1", "c-1"), arguments=checked)
        ledger.append(facts.client("c-1"))
        outcome = ledger.append(facts.visit("v-2", "c-1"), arguments=checked, expect=65)
        self.assertEqual(outcome.error["code"], "wrong_expected_version")
        self.assertEqual(ledger.head(), 3)

    def test_sending_again_adds_nothing(self):
        ledger = self.ledger()
        events = [facts.visit(f"v-{i}", "c-1") for i in range(5)]
        self.assertEqual(positions(ledger.append(*events)), [1, 2, 3, 4, 5])
        self.assertEqual(positions(ledger.append(*events)), [1, 2, 3, 4, 5])
        self.assertEqual(positions(ledger.append(events[3])), [4])
        self.assertEqual(ledger.head(), 5)
        ledger.stop("ledgerd")
        ledger.start("ledgerd")
        self.assertEqual(positions(ledger.append(*events)), [1, 2, 3, 4, 5])
        self.assertEqual(ledger.head(), 5)

    def test_duplicates_are_judged_before_versions(self):
        ledger = self.ledger()
        event = facts.visit("v-1", "c-1")
        first = expecting("visit/v-1", 0)
        ledger.append(event, arguments=first)
        self.assertEqual(positions(ledger.append(event, arguments=first)), [1])

    def test_same_id_with_other_bytes(self):
        ledger = self.ledger()
        event = facts.visit("v-1", "c-1")
        ledger.append(event)
        other = copy.deepcopy(event)
        other["actor"] = "rep-2"
        error = ledger.append(other, expect=65).error
        self.assertEqual(error["code"], "event_id_reused")
        self.assertEqual(error["eventId"], event["eventId"])
        self.assertEqual(ledger.head(), 1)

    def test_new_and_known_together(self):
        ledger = self.ledger()
        known, new = facts.visit("v-1", "c-1"), facts.visit("v-2", "c-1")
        ledger.append(known)
        error = ledger.append(new, known, expect=65, arguments=["--atomic"]).error
        self.assertEqual(error["code"], "event_id_known")
        self.assertEqual(error["eventId"], known["eventId"])
        self.assertEqual(ledger.head(), 1)
        outcome = ledger.append(new, known, arguments=["--atomic", "--allow-duplicates"])
        self.assertEqual(positions(outcome), [2, 1])
        self.assertEqual(ledger.head(), 2)

    def test_one_id_twice(self):
        ledger = self.ledger()
        event = facts.visit("v-1", "c-1")
        error = ledger.append(event, event, expect=65, arguments=["--atomic"]).error
        self.assertEqual(error["code"], "event_id_repeated")
        self.assertEqual(ledger.head(), 0)

    def test_ids_are_told(self):
        ledger = self.ledger()
        stated, made = facts.visit("v-1", "c-1"), facts.visit("v-2", "c-1")
        del made["eventId"]
        outcome = ledger.append(stated, made)
        ids = [record["eventId"] for record in ledger.read()]
        self.assertEqual([line["eventIds"] for line in outcome.lines], [[one] for one in ids])
        outcome = ledger.append(made, made, arguments=["--atomic"])
        ids = [record["eventId"] for record in ledger.read("--from", "3")]
        self.assertEqual([line["eventIds"] for line in outcome.lines], [ids])
        told = ledger.ctl("append", input=json.dumps(made) + "\n").stdout
        self.assertIn(ledger.read("--from", "5")[0]["eventId"], told)
        told = ledger.ctl("append", input=json.dumps(facts.visit("v-3", "c-1")) + "\n").stdout
        self.assertEqual(told, "1 added (position 6)\n")

    def test_amendments_show_what_they_amend(self):
        ledger = self.ledger()
        visit = facts.visit("v-1", "c-1", occurred="2026-03-02T10:15:00+03:00")
        retraction = {
            **facts.event("FactRetracted", "visit/v-1", {}),
            "correctsEventId": visit["eventId"],
            "reason": "entered twice",
        }
        ledger.append(visit, retraction)
        for words in ([], ["--wide"]):
            first, second = ledger.ctl("read", *words).stdout.splitlines()
            self.assertIn("2026-03-02 10:15 +03:00", first)
            self.assertNotIn("corrects=", first)
            self.assertIn(f"corrects={visit['eventId'][:8]} reason=entered twice", second)

    def test_a_terminal_shows_whole_times_and_names_what_it_leaves_out(self):
        ledger = self.ledger()
        ledger.append(facts.visit("v" * 40, "c-1", occurred="2026-03-02T10:15:00+03:00", actor="a" * 40))
        narrow = on_terminal(80, "read", "--data", ledger.data)
        self.assertIn("left out: recorded (UTC) · actor; --wide shows all", narrow)
        self.assertIn("2026-03-02 10:15 +03:00", narrow)
        self.assertIn(" payload", narrow)
        self.assertIn(" visitId", narrow)
        self.assertNotIn("left out", on_terminal(200, "read", "--data", ledger.data))
        self.assertIn("a" * 40, on_terminal(80, "read", "--wide", "--data", ledger.data))

    def test_text_that_would_turn_a_line_round(self):
        ledger = self.ledger()
        ledger.append(facts.client("c-1", "a\u202eb\u2066c\u200fd\u061ce"))
        told = ledger.ctl("read").stdout
        self.assertIn("name=a b c d e", told)
        self.assertIn("\u202e", ledger.read()[0]["payload"]["name"])

    def test_a_service_that_is_stopped(self):
        ledger = self.ledger()
        process = ledger.processes["ledgerd"].popen
        process.send_signal(signal.SIGSTOP)
        self.addCleanup(process.send_signal, signal.SIGCONT)
        told = ledger.ctl("status", "ledgerd", "--timeout", "1", "--json", expect=None)
        self.assertEqual(told.error["code"], "timeout")
        self.assertIn("does not answer", told.stderr)

    def test_all_or_nothing(self):
        ledger = self.ledger()
        good, bad = facts.visit("v-1", "c-1"), spoiled(actor=None)
        ledger.append(good, bad, expect=65, arguments=["--atomic"])
        self.assertEqual(ledger.head(), 0)
        ledger.append(good)
        self.assertEqual(ledger.head(), 1)

    def test_output_that_cannot_be_written(self):
        ledger = self.ledger()
        ledger.append(*(facts.client(f"c-{number}") for number in range(300)))
        for words in (["read"], ["read", "--json"], ["status"]):
            with self.subTest(words), open("/dev/full", "wb") as full:
                ended = subprocess.run(
                    [BIN / "ledgerctl", *words, "--data", ledger.data],
                    stdout=full,
                    stderr=subprocess.PIPE,
                    timeout=patience(60),
                )
                self.assertEqual(ended.returncode, 74)
                self.assertIn(b"writing the output", ended.stderr)


class Refusals(ProcessTest):
    """Each with its code and field; afterwards the ledger is as it was, and answers."""

    def test_refusals(self):
        ledger = self.ledger()
        ledger.append(facts.client("c-1"))
        before = ledger.read()
        for what, event, code, field in REFUSALS:
            with self.subTest(what):
                line = event if isinstance(event, (str, bytes)) else json.dumps(event)
                outcome = ledger.ctl("append", "--json", input=line, expect=65)
                self.assertEqual(outcome.error.get("code"), code, outcome)
                self.assertIn(field, snake(outcome.error.get("field", "")), outcome)
                self.assertTrue(outcome.error.get("message"), outcome)
                self.assertEqual(ledger.head(), 1)
        self.assertEqual(ledger.read(), before)
        self.assertEqual(positions(ledger.append(facts.visit("v-1", "c-1"))), [2])

    def test_a_line_too_large_for_a_request_refuses_itself_alone(self):
        lines = [facts.visit("v-1", "c-1"), spoiled_payload(agreements="a" * 9_000_000)]
        lines.append(facts.visit("v-2", "c-1"))
        ledger = self.ledger()
        told = ledger.append(*lines, expect=65)
        self.assertIn("line 2: too_large: ", told.stderr)
        self.assertEqual(ledger.head(), 2)

    def test_lines_as_editors_leave_them(self):
        ledger = self.ledger()
        ledger.ctl("append", input="\ufeff" + json.dumps(facts.client("c-1")) + "\r\n\r\n")
        pretty = json.dumps(facts.client("c-2"), indent=2)
        outcome = ledger.ctl("append", input=pretty, expect=65)
        for line in outcome.stderr.splitlines():
            self.assertIn("an object must stand on one line", line)
        outcome = ledger.append(spoiled(actor="rep\0one"), expect=65)
        self.assertNotIn("JSON_", outcome.stderr)
        self.assertEqual(ledger.head(), 1)

    def test_a_file_that_cannot_be_read(self):
        ledger = self.ledger()
        paths = [ledger.folder / f"{name}.jsonl" for name in ("first", "none", "folder", "last")]
        for path in (paths[0], paths[3]):
            path.write_text(json.dumps(facts.client("c-1")) + "\n")
        paths[2].mkdir()
        outcome = ledger.ctl("append", "--json", *paths, expect=66)
        errors = [line["error"] for line in outcome.lines if "error" in line]
        self.assertEqual([error["code"] for error in errors], ["no_input", "no_input"])
        self.assertIn("none.jsonl", errors[0]["message"])
        self.assertEqual(positions(outcome), [1, 2])
        ledger.ctl("append", "--atomic", *paths, expect=66)
        self.assertEqual(ledger.head(), 2)

    def test_limits_are_inclusive(self):
        ledger = self.ledger()
        ledger.append(
            facts.visit("v-1", "c-1", actor="r" * 128),
            facts.visit("v-2", "c-1", occurred=hours_ahead(23)),
            facts.visit("v-3", "c-1", occurred="1900-01-01"),
            facts.visit("v-4", "c-1", payload={"agreements": "x" * (EVENT_SIZE_MAX - 400)}),
        )
        self.assertEqual(ledger.head(), 4)


def expecting(stream, version):
    return ["--expect", f"{stream}={version}"]


def positions(outcome):
    return [int(position) for line in outcome.lines for position in line.get("positions", [])]


if __name__ == "__main__":
    main()
