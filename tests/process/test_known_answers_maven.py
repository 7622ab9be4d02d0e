"""A sales pipeline of another maker, through a mapping file alone: funnel, values, as-of."""

import csv

from fieldledger import Ledger, ProcessTest, main, shared_data

ROWS = 8_800
DEALS = {
    "deals": 8_800,
    "open": 2_089,
    "open_unknown_time": 500,
    "open_without_client": 1_425,
    "won": 4_238,
    "lost": 2_473,
    "win_rate": 0.6315,
    "won_cycle_mean_days": 51.7820,
    "won_cycle_median_days": 57.0,
    "lost_cycle_mean_days": 41.4792,
    "lost_cycle_median_days": 14.0,
    "left_out_unknown_time": 0,
}
WON_VALUE = 10_005_534
MEAN_WON_VALUE = 2_360.9094
VELOCITY_A_DAY = 60_146.8493

# end of day; open, won, lost, won value. The 500 that were opened nobody knows when are in none.
AS_OF = [
    ("2017-03-31", 1_330, 531, 116, 1_134_672),
    ("2017-06-30", 1_686, 1_785, 894, 4_220_783),
    ("2017-09-30", 2_409, 3_042, 1_684, 7_203_038),
    ("2017-12-31", 1_589, 4_238, 2_473, 10_005_534),
]
STAGES = {"Prospecting": 500, "Engaging": 1_589, "Won": 4_238, "Lost": 2_473}
UNASSIGNED = {"Engaging": 1_088, "Prospecting": 337}
QUARTERS = {
    "2017-Q1": 1_134_672,
    "2017-Q2": 3_086_111,
    "2017-Q3": 2_982_255,
    "2017-Q4": 2_802_496,
}
AGENTS_WITH_DEALS = 30
AGENTS = [  # won, lost, won value of the five best
    (349, 204, 1_153_214),
    (221, 126, 478_396),
    (209, 126, 454_298),
    (163, 98, 450_489),
    (158, 117, 445_860),
]
REGIONS = {
    "Central": (1_629, 975, 3_346_293),
    "East": (1_171, 687, 3_090_594),
    "West": (1_438, 811, 3_568_647),
}
PRODUCTS = {  # by registered name: the pipeline spells one of them otherwise
    "GTK 500": (15, 400_612),
    "GTX Basic": (915, 499_263),
    "GTX Plus Basic": (653, 705_275),
    "GTX Plus Pro": (479, 2_629_651),
    "GTX Pro": (729, 3_510_578),
    "MG Advanced": (654, 2_216_387),
    "MG Special": (793, 43_768),
}
CLASSES = {"A": 59, "B": 18, "C": 8}
BEST_ACCOUNT, LAST_ACCOUNT = ("Kan-code", 341_455), ("Golddex", 51_632)


def dollars(amount):
    """Of a money value that has no cents."""
    whole, cents = divmod(amount["minor"], 100)
    assert amount["currency"] == "USD" and cents == 0, amount
    return whole


class Maven(ProcessTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = shared_data("maven-crm")
        cls.started = cls.enterClassContext(Ledger("sales-funnel"))
        cls.file = cls.folder / "sales_pipeline.csv"
        cls.imported = cls.started.import_file("maven-crm.yaml", cls.file).json

    def ask(self, *words):
        return self.started.query("sales-funnel", *words)

    def groups(self, group, *words):
        return self.ask("by", "--group", group, *words).table("groups")

    def test_rows_add_up(self):
        self.assertEqual(self.imported["rows"], ROWS)
        self.assertEqual(self.imported["accepted"], ROWS)

    def test_importing_again_adds_one_fact(self):
        before = self.started.head()
        again = self.started.import_file("maven-crm.yaml", self.file).json
        self.assertEqual(again["duplicate"], ROWS)
        self.assertEqual(self.started.head(), before + 1)

    def test_summary(self):
        answer = self.ask("summary")
        self.assertEqual(answer.row("deals"), DEALS)
        value = answer.row("value")
        self.assertEqual(dollars(value["won_value"]), WON_VALUE)
        self.assertEqual(value["mean_won_value"], MEAN_WON_VALUE)
        self.assertEqual(value["velocity_per_day"], VELOCITY_A_DAY)

    def test_as_of_an_occurred_time(self):
        for day, *figures in AS_OF:
            with self.subTest(day):
                answer = self.ask("summary", "--as-of-occurred", day)
                deals, value = answer.row("deals"), answer.row("value")
                found = [deals["open"], deals["won"], deals["lost"], dollars(value["won_value"])]
                self.assertEqual(found, figures)
                self.assertEqual(deals["left_out_unknown_time"], 500)

    def test_before_anything_happened(self):
        answer = self.ask("summary", "--as-of-occurred", "2016-01-01")
        deals = answer.row("deals")
        self.assertEqual((deals["open"], deals["won"], deals["lost"]), (0, 0, 0))
        self.assertIsNone(deals["win_rate"])

    def test_as_of_a_position(self):
        """In the middle of the import, only what was there is known."""
        won = self.started.read("--type", "DealWon", "--limit", "100")
        middle = won[-1]["position"]
        answer = self.ask("summary", "--as-of-position", middle)
        self.assertEqual(answer.row("deals")["won"], 100)
        cents = sum(int(one["payload"]["amount"]["minor"]) for one in won)
        self.assertEqual(answer.row("value")["won_value"], {"minor": cents, "currency": "USD"})
        self.assertEqual(answer.document["position"], int(middle))

    def test_stages(self):
        snapshot = self.ask("snapshot").table("stages")
        self.assertEqual({row["stage"]: row["deals"] for row in snapshot}, STAGES)
        unassigned = self.ask("unassigned").table("unassigned")
        self.assertEqual({row["stage"]: row["deals"] for row in unassigned}, UNASSIGNED)

    def test_quarters(self):
        found = {row["group"]: dollars(row["won_value"]) for row in self.groups("quarter")}
        self.assertEqual(found, QUARTERS)

    def test_agents(self):
        rows = self.groups("owner")
        self.assertEqual(len(rows), AGENTS_WITH_DEALS)
        found = [(row["won"], row["lost"], dollars(row["won_value"])) for row in rows]
        self.assertEqual(found[: len(AGENTS)], AGENTS)
        with open(self.folder / "sales_teams.csv", newline="", encoding="utf-8") as file:
            names = {row["sales_agent"] for row in csv.DictReader(file)}
        for row in rows:
            self.assertIn(row["name"], names)
            self.assertNotIn(row["group"], names, "a person's name is no id")

    def test_regions(self):
        found = {
            row["group"]: (row["won"], row["lost"], dollars(row["won_value"]))
            for row in self.groups("territory")
        }
        self.assertEqual(found, REGIONS)

    def test_products(self):
        found = {
            row["name"]: (row["won"], dollars(row["won_value"])) for row in self.groups("product")
        }
        self.assertEqual(found, PRODUCTS)

    def test_accounts_in_classes(self):
        answer = self.ask("abc")
        self.assertEqual({row["class"]: row["clients"] for row in answer.table("classes")}, CLASSES)
        ranked = [(row["name"], dollars(row["won_value"])) for row in answer.table("clients")]
        self.assertEqual((ranked[0], ranked[-1]), (BEST_ACCOUNT, LAST_ACCOUNT))

    def test_a_rebuilt_model_answers_the_same(self):
        queries = (["summary"], ["abc"], ["by", "--group", "owner"], ["stages"])
        before = [self.ask(*words).document for words in queries]
        self.started.kill("sales-funnel")
        models = list(self.started.data.glob("**/sales-funnel*/**/*.mdb"))
        self.assertTrue(models, "no read model found")
        for model in models:
            model.unlink()
        self.started.start("sales-funnel")
        self.assertEqual([self.ask(*words).document for words in queries], before)


if __name__ == "__main__":
    main()
