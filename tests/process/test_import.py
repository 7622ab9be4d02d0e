"""CSV files as they come, through small maps: what becomes of every row, and of the next import."""

import gzip

from fieldledger import ProcessTest, main

MAP = """\
name: orders
system: shop
entity: order
record_id: "${number|required}"
zone: Europe/Amsterdam
times: ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"]

lookups:
  kind:
    values: {pharmacy: PHARMACY, clinic: POLYCLINIC}
    missing: error
  region: {file: regions.csv, key: town, missing: empty}

facts:
  - name: client
    type: ClientRegistered
    when: {value: "${client}", empty: false}
    once_by: "${client}"
    stream: "client/${client}"
    occurred: unknown
    subjects: [{kind: client, id: "${client}"}]
    payload:
      client_id: "${client}"
      name: "${name}"
      kind: "${kind|lookup:kind}"
  - name: order
    type: OrderPlaced
    when: {value: "${state}", in: [placed, paid]}
    stream: "order/${number}"
    occurred: "${when|time|default:unknown}"
    actor: "${rep}"
    territory: "${town|lookup:region:code}"
    subjects: [{kind: order, id: "${number}"}, {kind: client, id: "${client}"}]
    payload:
      order_id: "${number}"
      client_id: "${client}"
  - name: invoice
    type: InvoiceIssued
    when: {value: "${state}", equals: paid}
    stream: "invoice/${number}"
    occurred: "${when|time}"
    actor: "${rep}"
    subjects: [{kind: invoice, id: "${number}"}, {kind: client, id: "${client}"}]
    payload:
      invoice_id: "${number}"
      client_id: "${client}"
      amount: {minor: "${amount|required|minor:2}", currency: EUR}
"""
REGIONS = "town,code\nAmsterdam,NH\nUtrecht,UT\n"
HEADER = "number,client,name,kind,state,when,rep,town,amount\n"
GOOD = "1,c1,First,pharmacy,placed,2026-03-01 10:00:00,r1,Utrecht,\n"


class ImportTest(ProcessTest):
    def setUp(self):
        self.started = self.ledger()
        self.files = self.started.folder
        self.write("map.yaml", MAP)
        self.write("regions.csv", REGIONS)

    def write(self, name, content):
        data = content.encode() if isinstance(content, str) else content
        (self.files / name).write_bytes(data)
        return self.files / name

    def import_csv(self, content, expect=0, header=HEADER, name="rows.csv"):
        """The summary; the rows always add up."""
        if header is not None:
            content = header.encode() + (content.encode() if isinstance(content, str) else content)
        path = self.write(name, content)
        summary = self.started.import_file(self.files / "map.yaml", path, expect=expect).json
        parts = summary["accepted"] + summary["duplicate"] + summary["rejected"]
        self.assertEqual(summary["rows"], parts)
        return summary

    def counts(self, summary):
        return tuple(summary[name] for name in ("accepted", "duplicate", "rejected"))

    def read(self, type_):
        return self.started.read("--type", type_)

    def orders(self):
        return {one["payload"]["orderId"]: one for one in self.read("OrderPlaced")}

    def rejections(self):
        return [(int(one["payload"]["row"]), one["payload"]["code"]) for one in self.read("RecordRejected")]


class Spellings(ImportTest):
    def test_quotes_and_line_breaks(self):
        self.import_csv('1,c1,"A ""quoted"", long\nname",pharmacy,placed,,r1,,\n')
        (client,) = self.read("ClientRegistered")
        self.assertEqual(client["payload"]["name"], 'A "quoted", long\nname')

    def test_byte_order_mark_and_carriage_returns(self):
        content = b"\xef\xbb\xbf" + (HEADER + GOOD).replace("\n", "\r\n").encode()
        self.assertEqual(self.counts(self.import_csv(content, header=None)), (1, 0, 0))
        self.assertEqual(self.read("ClientRegistered")[0]["payload"]["name"], "First")
        self.assertEqual(self.orders()["1"]["territory"], "UT")

    def test_no_line_break_at_the_end(self):
        self.assertEqual(self.counts(self.import_csv(GOOD.rstrip("\n"))), (1, 0, 0))

    def test_a_column_without_a_name(self):
        self.write("map.yaml", MAP.replace("${number|required}", "${#1|required}").replace("${number}", "${#1}"))
        header = HEADER.replace("number,", ",")
        self.assertEqual(self.counts(self.import_csv(GOOD, header=header)), (1, 0, 0))
        self.assertIn("1", self.orders())

    def test_two_spellings_of_time_in_one_file(self):
        self.import_csv(
            "1,c1,First,pharmacy,placed,2026-03-01 10:00:00,r1,,\n"
            "2,c1,First,pharmacy,placed,01.07.2026 10:00,r1,,\n"
            "3,c1,First,pharmacy,placed,01.03.2026,r1,,\n"
            "4,c1,First,pharmacy,placed,,r1,,\n"
        )
        found = {number: order["occurred"] for number, order in self.orders().items()}
        self.assertEqual(
            found,
            {
                "1": "2026-03-01T10:00:00+01:00",  # the zone's winter
                "2": "2026-07-01T10:00:00+02:00",  # and its summer
                "3": "2026-03-01",
                "4": "unknown",
            },
        )

    def test_compressed(self):
        path = self.write("rows.csv.gz", gzip.compress((HEADER + GOOD).encode()))
        summary = self.started.import_file(self.files / "map.yaml", path).json
        self.assertEqual(self.counts(summary), (1, 0, 0))

    def test_amounts_become_minor_units(self):
        rows = [(1, "12.50", 1250), (2, "7", 700), (3, "0.05", 5), (4, "-3.10", -310)]
        self.import_csv(
            "".join(f"{i},c1,First,pharmacy,paid,2026-03-01 10:00:00,r1,,{text}\n" for i, text, _ in rows)
        )
        found = {one["payload"]["invoiceId"]: one["payload"]["amount"] for one in self.read("InvoiceIssued")}
        for number, _, minor in rows:
            self.assertEqual(int(found[str(number)]["minor"]), minor)
            self.assertEqual(found[str(number)]["currency"], "EUR")


class Rows(ImportTest):
    def test_what_no_rule_maps_is_kept(self):
        self.import_csv("9,,,,open,,r1,,\n")
        (observed,) = self.read("SourceRecordObserved")
        self.assertEqual(observed["payload"]["sourceId"], "9")
        self.assertIn('"state":"open"', observed["payload"]["raw"].replace(" ", ""))

    def test_what_is_personal_in_it_is_kept_apart(self):
        self.write("map.yaml", MAP.replace("facts:\n", "personal_columns: [name, rep]\nfacts:\n", 1))
        self.import_csv("9,,A Person,,open,,r1,,\n")
        (observed,) = self.read("SourceRecordObserved")
        self.assertNotIn("A Person", observed["payload"]["raw"])
        self.assertIn('"state":"open"', observed["payload"]["raw"])
        self.assertEqual(
            observed["personal"], [{"personId": "9", "values": {"value": '{"name":"A Person","rep":"r1"}'}}]
        )

    def test_a_row_is_all_or_nothing(self):
        """The order would do, the invoice lacks its amount."""
        summary = self.import_csv("1,c1,First,pharmacy,paid,2026-03-01 10:00:00,r1,,\n", expect=65)
        self.assertEqual(self.counts(summary), (0, 0, 1))
        self.assertEqual(self.read("OrderPlaced") + self.read("ClientRegistered"), [])
        self.assertEqual(self.rejections(), [(2, "missing_field")])
        self.assertEqual((summary["factsAdded"], summary["recordsAdded"]), (0, 2))

    def test_rejected_rows_name_their_line_and_reason(self):
        rows = (
            GOOD.encode()
            + b'2,c1,"two\nlines",pharmacy,placed,,r1,,\n'
            + b"3,c1,First,pharmacy,placed,2026-02-30 10:00:00,r1,,\n"
            + b"4,c2,Second,castle,placed,,r1,,\n"
            + b"5,c1,F\xffrst,pharmacy,placed,,r1,,\n"
            + b"6,c1,F\0rst,pharmacy,placed,,r1,,\n"
            + b",c1,First,pharmacy,placed,,r1,,\n"
            + b"8,c1,First,pharmacy,placed,1850-01-01 10:00:00,r1,,\n"
            + b"9,c1,First,pharmacy,paid,2026-03-01 10:00:00,r1,,12.345\n"
            + b"10,c1,First,pharmacy,placed,,r1,,,,,\n"
            + b"11,c1,First,pharmacy,placed,,r1,,\n"
        )
        summary = self.import_csv(rows, expect=65)
        self.assertEqual(
            sorted(self.rejections()),
            [
                (5, "invalid_time"),
                (6, "invalid_value"),
                (7, "invalid_utf8"),
                (8, "embedded_nul"),
                (9, "missing_field"),
                (10, "invalid_time"),
                (11, "invalid_value"),
                (12, "malformed_csv"),
            ],
        )
        self.assertEqual(self.counts(summary), (3, 0, 8))
        self.assertEqual(sorted(self.orders(), key=int), ["1", "2", "11"])

    def test_the_same_record_twice_in_a_file(self):
        summary = self.import_csv(GOOD + GOOD)
        self.assertEqual(self.counts(summary), (1, 1, 0))
        self.assertEqual((summary["factsAdded"], summary["recordsAdded"]), (2, 1))

    def test_the_same_key_with_other_content_names_the_other_line(self):
        rows = GOOD + GOOD.replace("1,c1", "2,c1") + GOOD.replace("r1", "r2")
        summary = self.import_csv(rows, expect=65)
        self.assertEqual(self.counts(summary), (2, 0, 1))
        self.assertEqual(self.rejections(), [(4, "source_record_changed")])
        outcome = self.started.ctl(
            "import", "--map", self.files / "map.yaml", self.files / "rows.csv", expect=65
        )
        self.assertIn("rows.csv:4: source_record_changed: order: line 2 has the same key", outcome.stderr)

    def test_a_name_that_changes_is_counted(self):
        summary = self.import_csv(GOOD + GOOD.replace("1,c1,First", "2,c1,Premier"))
        self.assertEqual(self.counts(summary), (2, 0, 0))
        self.assertEqual((summary["differences"], summary["differingRows"]), (1, 1))
        (client,) = self.read("ClientRegistered")
        self.assertEqual(client["payload"]["name"], "First")

    def test_a_broken_end(self):
        summary = self.import_csv(GOOD + '2,c1,"First,pharmacy', expect=65)
        self.assertEqual(self.counts(summary), (1, 0, 1))

    def test_an_empty_file(self):
        self.assertEqual(self.counts(self.import_csv("")), (0, 0, 0))


class Again(ImportTest):
    ROWS = (
        GOOD
        + "2,c1,First,pharmacy,paid,01.03.2026,r2,,12.50\n"
        + "3,c2,Second,clinic,open,,r1,,\n"
        + "4,c3,Third,castle,placed,,r1,,\n"
    )

    def test_adds_exactly_one_fact(self):
        first = self.import_csv(self.ROWS, expect=65)
        self.assertEqual(self.counts(first), (3, 0, 1))
        before = self.started.head()
        again = self.import_csv(self.ROWS, expect=65)
        self.assertEqual(self.counts(again), (0, 3, 1))
        self.assertEqual(self.started.head(), before + 1)
        self.assertEqual(len(self.read("ImportBatchRecorded")), 2)

    def test_under_another_name_too(self):
        self.import_csv(GOOD)
        before = self.started.head()
        self.assertEqual(self.counts(self.import_csv(GOOD, name="copy.csv")), (0, 1, 0))
        self.assertEqual(self.started.head(), before + 1)

    def test_a_changed_record_is_refused(self):
        self.import_csv(GOOD)
        summary = self.import_csv(GOOD.replace("r1", "r2"), expect=65)
        self.assertEqual(self.counts(summary), (0, 0, 1))
        self.assertEqual(self.rejections(), [(2, "source_record_changed")])
        self.assertEqual(self.orders()["1"]["actor"], "r1")

    def test_a_longer_file_adds_what_is_new(self):
        self.import_csv(GOOD)
        longer = GOOD + "2,c1,First,pharmacy,placed,,r1,,\n"
        self.assertEqual(self.counts(self.import_csv(longer)), (1, 1, 0))

    def test_a_record_that_gains_a_fact(self):
        """Placed when first imported, paid now: the order is known, the invoice new."""
        self.import_csv(GOOD)
        paid = GOOD.replace("placed", "paid").replace("Utrecht,", "Utrecht,5.00")
        self.assertEqual(self.counts(self.import_csv(paid)), (1, 0, 0))
        self.assertEqual(len(self.read("InvoiceIssued")), 1)
        self.assertEqual(len(self.read("OrderPlaced")), 1)


class Maps(ImportTest):
    def refuse(self, change, place):
        old, new = change
        self.assertIn(old, MAP)
        path = self.write("map.yaml", MAP.replace(old, new, 1))
        rows = self.write("rows.csv", HEADER + GOOD)
        outcome = self.started.ctl("import", "--map", path, rows, expect=65)
        self.assertIn("map_invalid", outcome.stderr)
        self.assertIn(place, outcome.stderr)
        self.assertEqual(self.started.head(), 0)

    def test_wrong_maps_are_told_with_their_place(self):
        for what, change, place in (
            ("no such type", ("OrderPlaced", "OrderDreamt"), "OrderDreamt"),
            ("no such column", ("${rep}", "${representative}"), "representative"),
            ("no such filter", ("|minor:2", "|miner:2"), "miner"),
            ("no such payload field", ("order_id:", "order_no:"), "order_no"),
            ("no such look-up", ("lookup:kind", "lookup:kinds"), "kinds"),
            ("no such key", ("entity: order", "entiti: order"), "entiti"),
            ("no zone", ("Europe/Amsterdam", "Europe/Nowhere"), "Europe/Nowhere"),
            ("broken YAML", ("facts:\n", "facts: [\n"), "map.yaml:"),
            ("no look-up file", ("regions.csv", "no.csv"), "no.csv"),
        ):
            with self.subTest(what):
                self.refuse(change, place)

    def test_rejects_take_no_other_file(self):
        rows = self.write("rows.csv", HEADER + GOOD)
        earlier = self.write("earlier.csv", "file,line,code,field,reason\r\nx,1,a,b,c\r\n")
        for name in ("rows.csv", "map.yaml", "regions.csv"):
            with self.subTest(name):
                before = (self.files / name).read_bytes()
                words = ("--map", self.files / "map.yaml", "--rejects", self.files / name, rows)
                told = self.started.ctl("import", *words, expect=2)
                self.assertIn("is no list of rejected rows", told.stderr)
                self.assertEqual((self.files / name).read_bytes(), before)
        self.started.ctl("import", "--map", self.files / "map.yaml", "--rejects", earlier, rows)
        self.assertEqual(earlier.read_bytes(), b"file,line,code,field,reason\r\n")

    def test_standard_input_is_refused(self):
        told = self.started.ctl("import", "--map", self.files / "map.yaml", "-", expect=2)
        self.assertIn("standard input cannot be imported", told.stderr)

    def test_a_missing_file(self):
        outcome = self.started.ctl(
            "import", "--map", self.files / "map.yaml", self.files / "no.csv", expect=None
        )
        self.assertNotEqual(outcome.status, 0)
        self.assertIn("no.csv", outcome.stderr)

    def test_without_a_ledger(self):
        self.started.stop("ledgerd")
        rows = self.write("rows.csv", HEADER + GOOD)
        outcome = self.started.ctl("import", "--map", self.files / "map.yaml", rows, expect=69)
        self.assertIn("unavailable", outcome.stderr)

    def test_a_dry_run_sends_nothing(self):
        rows = self.write("rows.csv", HEADER + GOOD)
        outcome = self.started.ctl(
            "import", "--json", "--dry-run", "--map", self.files / "map.yaml", rows
        )
        self.assertEqual(self.counts(outcome.json), (1, 0, 0))
        self.assertEqual(outcome.json["wouldAdd"], 2)
        self.assertNotIn("factsAdded", outcome.json)
        self.assertEqual(self.started.head(), 0)

    def test_a_dry_run_sees_what_the_file_repeats(self):
        """And counts as the import that follows."""
        rows = self.write(
            "rows.csv", HEADER + GOOD + GOOD + GOOD.replace("r1", "r2") + GOOD.replace("1,c1", "2,c1")
        )
        arguments = ("import", "--map", self.files / "map.yaml", rows)
        dry = self.started.ctl(*arguments, "--json", "--dry-run", expect=65).json
        self.assertEqual(self.counts(dry), (2, 1, 1))
        told = self.started.ctl(*arguments, "--dry-run", expect=65)
        self.assertIn("rows.csv:4: source_record_changed: order: line 2 has the same key", told.stderr)
        self.assertIn("would add", told.stdout)
        real = self.started.ctl(*arguments, "--json", expect=65).json
        self.assertEqual(self.counts(real), self.counts(dry))
        self.assertEqual(real["factsAdded"], dry["wouldAdd"])


if __name__ == "__main__":
    main()
