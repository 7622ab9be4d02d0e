"""A process log, through a mapping file alone: each case a deal, each activity a stage."""

from fieldledger import Ledger, ProcessTest, main, shared_data

ROWS = 23_941
CASES = 1_878
PEOPLE = 95
ENTERED = {
    "A_Create Application": 1_878,
    "A_Submitted": 1_100,
    "A_Concept": 1_878,
    "A_Accepted": 1_878,
    "O_Create Offer": 1_878,
    "O_Sent (mail and online)": 1_835,
    "O_Sent (online only)": 28,
    "A_Complete": 1_859,
    "A_Validating": 580,
    "O_Returned": 579,
    "A_Pending": 576,
    "A_Cancelled": 1_302,
    "O_Accepted": 576,
    "A_Denied": 0,
}
KINDS = {"A_Pending": "won", "A_Cancelled": "lost", "A_Denied": "lost", "A_Complete": "open"}


class Bpic(ProcessTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = shared_data("bpic2017-sample") / "bpic17_sample.csv"
        cls.started = cls.enterClassContext(Ledger("sales-funnel"))
        cls.imported = cls.started.import_file("bpic2017.yaml", cls.file).json

    def stages(self, *words):
        rows = self.started.query("sales-funnel", "stages", *words).table("stages")
        return {row["stage"]: row for row in rows}

    def test_rows_add_up(self):
        self.assertEqual(self.imported["rows"], ROWS)
        self.assertEqual(self.imported["accepted"], ROWS, "38 rows differ in their number alone")

    def test_cases_that_entered_a_stage(self):
        stages = self.stages()
        self.assertEqual({name: stages[name]["entered"] for name in ENTERED}, ENTERED)
        self.assertEqual({name: stages[name]["kind"] for name in KINDS}, KINDS)
        for stage in stages.values():
            if stage["kind"] == "open":
                self.assertEqual(stage["passed"], stage["entered"] + stage["skipped"])

    def test_cases(self):
        deals = self.started.query("sales-funnel", "summary").row("deals")
        self.assertEqual(deals["deals"], CASES)
        self.assertEqual((deals["won"], deals["lost"], deals["open"]), (576, 1_302, 0))

    def test_people(self):
        actors = {record["actor"] for record in self.started.read("--category", "deal")}
        self.assertEqual(len(actors), PEOPLE)

    def test_times_keep_their_local_offset(self):
        first = self.started.read("--type", "DealOpened", "--limit", "1")[0]
        self.assertEqual(first["occurred"], "2016-01-02T01:00:01.353+01:00")

    def test_importing_again_adds_one_fact(self):
        before = self.started.head()
        again = self.started.import_file("bpic2017.yaml", self.file).json
        self.assertEqual(again["duplicate"], ROWS)
        self.assertEqual(self.started.head(), before + 1)


if __name__ == "__main__":
    main()
