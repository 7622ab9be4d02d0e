#!/usr/bin/env python3
"""Writes the inputs that fuzzing starts from to tests/fuzz/corpus/<target>/: small and well-formed,
made from the golden facts. What fuzzing found stands beside them and is left alone."""

import gzip
import json
import pathlib
import re
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path.insert(0, str(SOURCE / "tests" / "support"))

from wire import field, varint  # noqa: E402

EVENT_ID = bytes.fromhex("0198c0de12347abc8def000000000001")
OTHER_ID = bytes.fromhex("0198c0de12347abc8def000000000002")
OCCURRED_UNKNOWN = field(3, b"")
PAYLOADS_MAX = 36


def save(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


# ---- facts


def golden():
    """{name: (packed bytes, JSON)} of tests/golden/facts.txt."""
    lines = (SOURCE / "tests/golden/facts.txt").read_text().splitlines()
    rows = (line.split(" ", 2) for line in lines if not line.startswith("enum "))
    return {name: (bytes.fromhex(packed.strip("-")), text) for name, packed, text in rows}


def fact_table():
    """Rows of fact_types.def in their order: type, category, kinds of subjects; and which payload
    fields name subjects."""
    text = (SOURCE / "libledger/include/ledger/fact_types.def").read_text()
    row = r'^LEDGER_FACT\((\w+), (\w+), "([^"]+)", SUBJECTS\(([^)]*)\)'
    facts = [
        (name, symbol, category, re.findall(r'"(\w+)"', kinds))
        for name, symbol, category, kinds in re.findall(row, text, re.M)
    ]
    rules = re.findall(r'^LEDGER_FACT_SUBJECT_OF\((\w+), "(\w+)", "(\w+)"\)', text, re.M)
    return facts, rules


def camel(name):
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def subjects(symbol, kinds, payload, rules):
    named = {(kind, payload[camel(key)]) for of, key, kind in rules
             if of == symbol and camel(key) in payload}
    named |= {(kind, "9") for kind in kinds if kind not in {one for one, _ in named}}
    return [field(1, kind) + field(2, name) for kind, name in sorted(named)]


def event(type_, stream, payload, *, about=(), occurred=OCCURRED_UNKNOWN, more=b""):
    return (
        field(1, EVENT_ID)
        + field(2, stream)
        + field(3, type_)
        + field(4, 1)
        + field(5, occurred)
        + field(6, "rep-1")
        + field(8, list(about))
        + more
        + field(16, payload)
    )


def zigzag(number):
    return number << 1 if number >= 0 else (-number << 1) - 1


def events():
    facts, rules = fact_table()
    known = golden()
    made = {}
    for name, symbol, category, kinds in facts:
        packed, text = known[name]
        about = subjects(symbol, kinds, json.loads(text), rules)
        stream = f"{category.replace('*', 'client')}/42"
        made[name] = event(name, stream, packed, about=about)
    instant = field(1, field(1, 1767322983500000) + field(2, zigzag(120)))
    date = field(2, field(1, zigzag(20454)))
    correction = field(1, "VisitReported") + field(3, instant)
    amended = field(14, OTHER_ID) + field(15, "entered wrongly")
    source = field(9, field(1, "crm") + field(2, "17") + field(3, field(1, 1)))
    return {
        **{name: made[name] for name in ("ClientRegistered", "VisitReported", "DealWon",
                                         "ClientsMerged", "OrderShipped", "PipelineDefined",
                                         "ConsentChanged", "TechnicalNeedRecorded")
           if name in made},
        "external": event("ext.acme.note", "note/1", '{"a":[1,2.5,"x"]}', occurred=instant),
        "external-bytes": event("ext.acme.note", "note/1", b"\x00\xff", occurred=date),
        "whole-envelope": event(
            "ext.acme.note", "note/1", "{}", occurred=instant,
            about=[field(1, "client") + field(2, "1") + field(3, "role")] * 2,
            more=source + field(10, OTHER_ID) + field(11, OTHER_ID) + field(12, "north")
            + field(13, field(1, zigzag(-900000000)) + field(2, zigzag(1800000000)))),
        "correction": event("FactCorrected", "visit/1", correction, more=amended),
        "retraction": event("FactRetracted", "visit/1", b"", more=amended),
        "unknown-field": made["VisitReported"] + field(99, "later") + field(100, 7),
        "twice-a-stream": made["VisitReported"] + field(2, "visit/43"),
        "future": event("ext.acme.note", "note/1", "{}",
                        occurred=field(2, field(1, zigzag(2932896)))),
    }


# ---- what travels


def requests(one):
    append = field(1, field(1, one) + field(2, golden()["PersonalPart"][0]))
    expected = field(2, field(1, "client/42") + field(2, 3))
    identity = field(1, EVENT_ID) + field(2, 1)
    filters = (field(1, "client/42") + field(3, ["VisitReported", "DealWon"]) + field(4, "rep-1")
               + field(5, field(1, "client") + field(2, "9")) + field(6, OTHER_ID) + field(7, 1)
               + field(9, field(1, 1) + field(2, 4)))
    return {
        "append": field(10, field(1, append + expected + field(3, 1))),
        "append-two": field(10, field(1, append) * 2),
        "read": field(11, field(1, 9) + field(2, filters) + field(3, 10) + field(5, 100)
                      + field(7, identity)),
        "read-all": field(11, b""),
        "status": field(1, "token") + field(12, b""),
        "locate": field(13, field(1, 1767322983500000)),
        "fetch": field(14, field(1, [EVENT_ID, OTHER_ID])),
        "query": field(15, field(1, "scorecard") + field(2, field(1, "limit") + field(2, "5"))),
        "describe": field(16, b""),
        "move-cursor": field(17, field(1, "crm") + field(2, 5) + field(3, identity)),
        "verify": field(20, b""),
        "two-bodies": field(12, b"") + field(11, b""),
        "nul": field(15, field(1, "a\0b")),
        "nul-behind-80-bits": b"\x98\x06" + b"\xff" * 9 + b"\x7f" + field(15, field(1, "a\0b")),
        "field-zero": field(12, b"") + b"\x80\x00\x06",
    }


def record(packed, personal=(), principal=b"crm"):
    return (b"\x09" + struct.pack("<Q", 7) + b"\x11" + struct.pack("<q", 1767322983500000)
            + field(3, 300) + (field(4, principal) if principal else b"") + field(5, packed)
            + field(6, list(personal)))


def replies(one):
    part = golden()["PersonalPart"][0]
    columns = [field(1, f"c{kind}") + field(2, f"Column {kind}") + field(3, kind)
               for kind in range(1, 10)]
    values = [field(1, zigzag(20454)) + field(2, '{"a":1}') + field(3, zigzag(60))] * 9
    table = (field(1, "t") + field(2, "Table") + field(3, columns)
             + field(4, [field(1, values), field(1, [b""] * 9), field(1, values[:2])])
             + field(5, 3))
    answer = field(1, "p") + field(2, "q") + field(3, EVENT_ID) + field(4, 9) + field(9, table)
    wide = field(9, field(1, "one") + field(3, columns) + field(4, field(1, values)))
    refusal = (field(1, 30) + field(2, "wrong_expected_version") + field(3, "expected[0]")
               + field(4, "no") + field(5, 1) + field(6, 10) + field(7, "client/42")
               + field(8, 5) + field(9, EVENT_ID))
    outcome = field(2, varint(1) + varint(300)) + field(3, 1) + field(4, 1)
    return {
        "error": field(1, refusal),
        "append": field(10, field(1, [outcome, field(1, refusal)])),
        "read": field(11, field(1, record(one, [part])) + field(2, 7) + field(3, 9)),
        "status": field(12, b""),
        "query": field(15, answer + field(10, "a note")),
        "query-one-row": field(15, answer + wide),
        "describe": field(16, field(1, "p") + field(3, field(1, "q"))),
    }


def block(bodies):
    """With a checksum of zero, which only a reader of the whole block looks at."""
    entries, offsets = b"", b""
    for body in bodies:
        offsets += struct.pack("<I", len(entries))
        entries += b"\x0a" + varint(len(body)) + body
    header = b"FLB0" + struct.pack("<HHQQIIq", 0, 0, 1, 1, len(bodies), len(entries), 5)
    return header + bytes(72) + entries + offsets


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def journal_record(run, first, body, size=None):
    header = b"FLJRNL00" + struct.pack("<QQI", run, first, len(body) if size is None else size)
    return header + struct.pack("<I", crc32c(header)) + body


def ids_run(firsts, hashes):
    """A run whose directory says that."""
    entries = b"".join(hash_.to_bytes(7, "big") + position.to_bytes(5, "little")
                       for position, hash_ in enumerate(hashes, 1))
    return struct.pack(f"<{1 + len(firsts)}I", len(hashes), *firsts) + entries


# ---- what people write

MAP = """name: n
system: crm
entity: deal
record_id: "${id}"
times: ["%m/%d/%Y"]
personal_columns: [owner]
facts:
- name: owner
  type: EmployeeHired
  once_by: "${owner|hash}"
  stream: "employee/${owner|hash}"
  occurred: unknown
  subjects: [{kind: employee, id: "${owner|hash}"}]
  payload: {employee_id: "${owner|hash}", kind: PERSON, position: "${post}"}
  personal: [{person_id: "${owner|hash}", values: {name: "${owner}"}}]
- name: won
  type: DealWon
  when: {all: [{value: "${stage}", equals: Won}, {not: {value: "${on}", empty: true}}]}
  stream: "deal/${id}"
  occurred: "${on|date|default:unknown}"
  subjects: [{kind: deal, id: "${id}"}]
  payload: {deal_id: "${id}", closed_on: "${on|date}"}
"""
MAP_ROWS = "id,owner,post,stage,on\n1,Ann,rep,Won,01/02/2026\n2,,,,\n3,Bo,rep,Open,no date\n"
SMALL_MAP = """name: n
system: s
entity: e
csv: {delimiter: ";", header: false, strip_spaces: true}
zone: "+01:00"
record_id: "${#1}"
facts: [{name: f, type: ext.a.b, stream: "a/${#1}", occurred: "${#2|instant}", payload: {x: "${#3|int}"}}]
"""

CSV = {
    "plain": b"\x00a,b\n1,2\n3,4\n",
    "quoted": b'\x00a,b\r\n"1 ""one""","2,\n2"\r\n',
    "other-marks": b"\x0b a ; b \n'x;y' ; z\n",
    "no-header": b"\x04\xef\xbb\xbf1,2\n3\n",
    "broken-quote": b'\x00a,b\n"1,2\n3,4\n',
    "latin1": b"\x00a,b\n\xe9,2\n",
    "mixed-line-ends": b"\x00a,b\r1,2\n3,4\r\n",
    "nul": b"\x00a,b\n1\x00,2\n5,6\n",
    "gzip": b"\x00" + gzip.compress(b"a,b\n1,2\n", mtime=0),
    "gzip-cut": b"\x00" + gzip.compress(b"a,b\n1,2\n" * 9, mtime=0)[:-9],
}
TEMPLATES = {
    "text": "no placeholder",
    "column": "client/${A} ${#2}\n1\n2\n",
    "filters": "${A|trim|lower|hash}\n  Ann \n",
    "date": "${A|date}${B|default:none}\n01/02/2026\n\n",
    "instant": "${A|instant}\n2016/01/02 01:00:01.353\n",
    "number": "${A|minor:2}\n1054.5\n",
    "degrees": "${A|e7}\n-12.3456789\n",
    "unclosed": "${A",
    "pattern-not-ascii": "${A|instant:%Y%\u06cb}\n1\n",
    "required": "${A|required}\n\n",
}
PATTERNS = {
    "date": "+01:00\n%m/%d/%Y\n01/02/2026",
    "instant": "Z\n%Y/%m/%d %H:%M:%S.%f\n2016/01/02 01:00:01.353",
    "clock12": "Europe/Amsterdam\n%d %b %y %I:%M %p\n2 Jan 16 12:30 AM",
    "own-zone": "\n%Y-%m-%dT%H:%M:%S%z\n2016-03-27T02:30:00+01:00",
    "unix": "Z\n%s\n1451696401",
    "gap": "Europe/Amsterdam\n%Y-%m-%d %H:%M\n2016-03-27 02:30",
}
CONFIGS = {
    "all": "# comment\ndata = /var/lib\nport=81\nverbose = yes\n\0--port=82\n--verbose\nrest",
    "mixed": "\0a\n--data\n/x\n--\n--port\n",
    "help": "\0--help",
    "range": "port = 0\n\0--port=65536",
    "unknown": "colour = red\n\0--colour=red",
    "empty-value": "data =\n\0--data=",
    "check": "port = 7\n\0--check-config",
}
MOMENTS = ["2013-08-01", "2016-02-29", "2016-01-02T01:00:01.353+01:00", "9999-12-31T23:59:59Z",
           "2016-01-02 01:00:01.000001-18:00", "0001-01-01T00:00:00.5+00:30"]
TEXTS = ["0198c0de-1234-7abc-8def-000000000001", "-9223372036854775808", "18446744073709551615",
         "Zo\u00eb \u20ac \U0001f600", "0", "-0", "+1"]
URLS = ["ipc:///var/lib/ledger/run/ledgerd.sock\nledgerd", "ipc://./a\nx", "tcp://127.0.0.1:9000",
        "a/" * 60 + "\nledgerd"]


def json_events():
    lines = {}
    names = ("ClientRegistered", "PipelineDefined", "TechnicalNeedRecorded", "VisitReported")
    for name in names:
        payload = json.loads(golden()[name][1])
        lines[name] = {"type": name, "stream": "x/1", "occurred": "2026-01-02", "actor": "7",
                       "subjects": [{"kind": "client", "id": "1"}], "payload": payload}
    lines["personal"] = {"type": "ext.a.b", "personal": [json.loads(golden()["PersonalPart"][1])],
                         "position": "7", "recordedAt": "2026-01-02T00:00:00Z"}
    lines["external"] = {"type": "ext.a.b", "payload": {"a": [1, 2.5, "x", None], "b": {}}}
    lines["external-base64"] = {"type": "ext.a.b", "payload": "AAEC_w=="}
    lines["correction"] = {"type": "FactCorrected", "reason": "r", "payload": {
        "type": "VisitReported", "payload": {"visitId": "1"}, "occurred": "unknown"}}
    lines["envelope"] = json.loads(golden()["Event"][1]) | {"type": "ext.a.b", "payload": {}}
    lines["wrong-kind"] = {"type": "VisitReported", "payload": {"visitId": 7}}
    lines["wrong-time"] = {"type": "ext.a.b", "occurred": "yesterday"}
    lines["wrong-time-cut"] = {"type": "ext.a.b", "occurred": "x" + "\u00e9" * 40}
    return lines


def main():
    some = events()
    for name, packed in some.items():
        save("event", name, packed)
        save("envelope", name, packed)
        save("view", name, packed)
        save("record", name, record(packed))
    visit = some["VisitReported"]
    save("view", "record", record(visit, [b"part"]))
    save("view", "page", field(1, [record(visit)] * 2) + field(2, 7))
    part, part_text = golden()["PersonalPart"]
    save("record", "personal", record(visit, [part] * 5, principal=b""))
    save("record", "long-number", record(visit).replace(field(3, 300), b"\x18\xac\x82\x00"))
    save("record", "no-event", record(b"")[:-2])
    save("personal", "whole", field(1, "p1") + field(2, field(1, "Ann") + field(4, "--02-29")))
    save("personal", "golden", part)
    save("personal", "sealed", field(1, "p1") + field(3, b"sealed"))
    save("personal", "bad-birthday", field(1, "p1") + field(2, field(4, "2001-02-29")))
    for name, packed in requests(visit).items():
        save("request", name, packed)
        if "append" in name:
            save("append_request", name, packed)
    save("append_request", "parts-missing", field(10, field(1, field(1, b"") + field(2, b""))))
    save("append_request", "none", field(10, b""))
    for name, packed in replies(visit).items():
        save("reply", name, packed)
    facts, _ = fact_table()
    for number, (name, *_) in enumerate(facts):
        if number % (1 + len(facts) // PAYLOADS_MAX) == 0:
            save("payload", name, bytes([number]) + golden()[name][0])
    save("block", "one", block([record(visit)]))
    save("block", "three", block([b"a", b"", b"ccc"]))
    save("block", "next-format", b"FLB0\x01" + block([b"a"])[5:])
    for leaves in (0, 1, 6, 2**64 - 1):
        save("merkle", f"leaves-{leaves}", struct.pack("<Q", leaves) + bytes(leaves.bit_count() * 32))
    save("postings", "three", struct.pack("<H", 3) + varint(1) + varint(300) + varint(1))
    save("postings", "wraps", struct.pack("<H", 2) + varint(2**64 - 1) + varint(2))
    spread = [number << 52 for number in range(16)]
    for name, firsts, hashes in (
        ("one", [0], [7]),
        ("two-slots", [0, 4], spread[::2]),
        ("four-slots", [0, 4, 8, 12], spread),
        ("same-hash", [0, 9, 9, 9], [7] * 9 + [2**56 - 1] * 7),
        ("first-is-left-out", [1, 4], spread[::2]),
        ("goes-back", [0, 4, 3, 12], spread),
        ("leads-outside", [0, 99], spread[::2]),
        ("directory-missing", [], [7]),
        ("none", [0], []),
    ):
        save("ids_run", name, ids_run(firsts, hashes))
    for name, records in (
        ("three", b"\x01\x30\x01"),
        ("torn-end", b"\x01\x01\xb0"),
        ("damaged", b"\x01\x81\x01"),
        ("damaged-and-torn", b"\x81\x01\x81"),
    ):
        save("journal", name, records)
    save("journal", "file", journal_record(7, 1, block([b"a"])))
    save("journal", "too-long", journal_record(7, 1, block([b"a"]), size=2**32 - 1))
    for name, line in json_events().items():
        save("json_event", name, json.dumps(line, separators=(",", ":")))
    for target, texts in (("moment", MOMENTS), ("text", TEXTS), ("url", URLS)):
        for number, text in enumerate(texts):
            save(target, f"{number}", text)
    save("import_map", "deals", MAP + "\0" + MAP_ROWS)
    save("import_map", "small", SMALL_MAP + "\0" + "1;2026-01-02T00:00:00Z;5\n2;;x\n")
    save("import_map", "anchors", "name: &a n\nsystem: *a\nentity: *a\nrecord_id: \"${a}\"\nfacts: []\n")
    for target, inputs in (("csv", CSV), ("template", TEMPLATES), ("time_pattern", PATTERNS),
                           ("config", CONFIGS)):
        for name, data in inputs.items():
            save(target, name, data)


if __name__ == "__main__":
    main()
