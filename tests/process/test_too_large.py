"""What is far too large, or far too long, is set aside or refused by name: whatever else is asked is
answered."""

from fieldledger import PROJECTIONS, Ledger, ProcessTest, main

MAP = """\
name: invoices
system: books
entity: invoice
record_id: "${number|required}"
facts:
  - name: invoice
    type: InvoiceIssued
    stream: "invoice/${number}"
    occurred: "${issued}"
    actor: books
    subjects: [{kind: invoice, id: "${number}"}, {kind: client, id: "${client}"}]
    payload:
      invoice_id: "${number}"
      client_id: "${client}"
      issued_on: "${issued}"
      due_on: "${due}"
      amount: {minor: "${amount|required|minor:2}", currency: EUR}
"""
ROWS = """\
number,client,issued,due,amount
i-1,c-1,2026-01-05,2026-01-20,100.00
i-2,c-2,2026-01-06,2026-01-21,92233720368547758.07
i-3,c-3,2026-01-07,2026-01-22,250.50
"""
NOW = ("--now", "2026-02-01")


class TooLarge(ProcessTest):
    @classmethod
    def setUpClass(cls):
        cls.started = cls.enterClassContext(Ledger(*PROJECTIONS))
        (cls.started.folder / "map.yaml").write_text(MAP)
        (cls.started.folder / "rows.csv").write_text(ROWS)
        summary = cls.started.import_file(
            cls.started.folder / "map.yaml", cls.started.folder / "rows.csv"
        ).json
        assert summary["accepted"] == 3, summary
        cls.started.wait_followed()

    def test_the_fact_is_set_aside_with_the_reason(self):
        (amount,) = self.started.read("--stream", "invoice/i-2")
        parked = self.started.query("trade", "parked").row("parked")
        self.assertEqual(str(parked["position"]), str(amount["position"]))
        self.assertEqual(parked["code"], "invalid_value")
        self.assertIn("payload.amount.minor: more than one fact may state", parked["reason"])

    def test_receivables_tell_of_the_other_invoices(self):
        period = ("--from", "2026-01-01", "--to", "2026-01-31")
        answer = self.started.query("trade", "receivables", *period, *NOW)
        self.assertEqual(answer.row("figures")["open_end"], {"minor": 35050, "currency": "EUR"})
        self.assertEqual([row["client"] for row in answer.table("clients")], ["c-3", "c-1"])

    def test_alerts_tell_of_the_other_invoices(self):
        document = self.started.ctl("alerts", "--json", "--all", *NOW).json
        self.assertEqual({one["problem"] for one in document["alerts"]}, {None})
        (late,) = [one for one in document["alerts"] if one["alert"] == "payment_late"]
        self.assertEqual({case["client"] for case in late["list"]}, {"c-1", "c-3"})

    def test_an_id_that_is_too_long_is_named(self):
        asked = {
            "trade": ("invoice", "--invoice"),
            "sales-funnel": ("deal", "--deal"),
            "client-history": ("timeline", "--client"),
            "directory": ("owner", "--id"),
            "audit-trail": ("search", "--actor"),
        }
        for projection, (query, option) in asked.items():
            with self.subTest(projection=projection):
                words = ("query", projection, query, option)
                refused = self.started.ctl(*words, "x" * 500, expect=None)
                self.assertNotEqual(refused.status, 0)
                self.assertIn("an id has at most 128 bytes, and this one has 500", refused.stderr)
                known = self.started.ctl(*words, "x" * 128, expect=None)
                self.assertNotIn("an id has at most", known.stderr)


class StrayFile(ProcessTest):
    def test_a_file_with_a_models_name_is_left_alone(self):
        started = self.ledger("trade")
        folder = started.data / "projections" / "trade"
        (model,) = [path.name for path in folder.iterdir() if path.name.startswith("model-")]
        stray = folder / f"{model.rpartition('.')[0]}.999"
        started.stop("trade")
        stray.write_text("mine")
        started.start("trade")
        self.assertIn("is left alone", started.processes["trade"].log_tail())
        self.assertEqual(started.query("trade", "receivables").table("figures"), [])
        self.assertEqual(stray.read_text(), "mine")


if __name__ == "__main__":
    main()
