"""The shipped sample, through import, log and projections."""

import known_open_payments as known
from fieldledger import PROJECTIONS, Ledger, ProcessTest, main


class OpenPayments(ProcessTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.started = cls.enterClassContext(Ledger(*PROJECTIONS))
        cls.imported = cls.started.import_file(known.MAP, known.FILE).json

    def test_rows_add_up(self):
        self.assertEqual(self.imported["rows"], known.ROWS)
        self.assertEqual(self.imported["accepted"], known.ROWS)
        self.assertEqual(self.imported["duplicate"], 0)
        self.assertEqual(self.imported["rejected"], 0)
        self.assertEqual(self.imported["differingRows"], known.NAME_DIFFERENCES)
        self.assertLess(self.imported["seconds"], 60)

    def test_facts_by_type(self):
        counts = dict.fromkeys(known.FACTS, 0)
        for record in self.started.read():
            counts[record["type"]] += 1
        again = counts.pop("ImportBatchRecorded")
        self.assertGreaterEqual(again, 1)
        self.assertEqual({**counts, "ImportBatchRecorded": 1}, known.FACTS)

    def test_read_models(self):
        known.check(self, self.started)

    def test_visits_carry_no_amount(self):
        for record in self.started.read("--type", "VisitReported", "--limit", "500"):
            self.assertNotIn("expense", record["payload"])

    def test_importing_again_adds_one_fact(self):
        before = self.started.head()
        again = self.started.import_file(known.MAP, known.FILE).json
        self.assertEqual(again["rows"], known.ROWS)
        self.assertEqual(again["duplicate"], known.ROWS)
        self.assertEqual(again["accepted"] + again["rejected"], 0)
        self.assertEqual(self.started.head(), before + 1)
        (last,) = self.started.read("--reverse", "--limit", "1")
        self.assertEqual(last["type"], "ImportBatchRecorded")
        payload = last["payload"]
        counts = [int(payload[name]) for name in ("rows", "accepted", "duplicate", "rejected")]
        self.assertEqual(counts, [known.ROWS, 0, known.ROWS, 0])
        known.check(self, self.started)

    def test_a_clients_history(self):
        (first,) = self.started.read("--type", "TransferOfValueRecorded", "--limit", "1")
        client = first["payload"]["clientId"]
        timeline = self.started.query("client-history", "timeline", "--client", client)
        positions = [row["position"] for row in timeline.table("timeline")]
        expected = [int(one["position"]) for one in self.started.read("--subject", f"client/{client}")]
        self.assertEqual(positions, expected)
        self.assertIn(int(first["position"]), positions)

    def test_the_first_company_name_stays(self):
        names = {row["rep"]: row["name"] for row in self.scorecard()}
        self.assertEqual(names["100000000228"], "Novartis Pharmaceuticals Corporation")
        self.assertEqual(names["100000005620"], "VIVUS, Inc.")

    def scorecard(self):
        return self.started.query("rep-activity", "scorecard").table("reps")


if __name__ == "__main__":
    main()
