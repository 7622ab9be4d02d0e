"""The shipped sample's figures, taken from its rows by a CSV reader alone, and the check that a
ledger arrives at them."""

from fieldledger import SOURCE

MAP = "open-payments.yaml"
FILE = SOURCE / "deploy/samples/open-payments-2013/general_payments.csv.gz"

ROWS = 18_222
COMPANIES = 332
PHYSICIANS = 1_562
TOTAL_MINOR = 467_801_806  # US cents
MEALS = 14_953
CONTACTS = 13_576  # distinct (company, physician, day) of the meals
COMPANY_DAYS = 4_412
FACTS = {
    "EmployeeHired": COMPANIES,
    "ClientRegistered": PHYSICIANS,
    "ClientDetailsChanged": 1_557,  # specialties; five physicians have none
    "TransferOfValueRecorded": ROWS,
    "VisitReported": MEALS,
    "ImportBatchRecorded": 1,
}
NAME_DIFFERENCES = 80  # rows that spell their company's name otherwise than its first row

MONTHS = {
    "2013-08": 2_659,
    "2013-09": 2_814,
    "2013-10": 3_195,
    "2013-11": 2_680,
    "2013-12": 2_228,
}
GAPS = {"gaps": 7_087, "median_days": 22.0, "mean_days": 29.0611}

# nature of the payment, rows
NATURES = {
    "Food and Beverage": 14_953,
    "Travel and Lodging": 1_384,
    "Education": 666,
    "Compensation for services other than consulting, including serving as faculty or as a speaker"
    " at a venue other than a continuing education program": 591,
    "Consulting Fee": 264,
    "Gift": 170,
    "Honoraria": 83,
    "Royalty or License": 37,
    "Compensation for serving as faculty or as a speaker for an accredited or certified continuing"
    " education program": 28,
    "Grant": 19,
    "Compensation for serving as faculty or as a speaker for a non-accredited and noncertified"
    " continuing education program": 12,
    "Current or prospective ownership or investment interest": 10,
    "Entertainment": 4,
    "Charitable Contribution": 1,
}

SCORECARD_COLUMNS = (
    "name",
    "contacts",
    "clients_reached",
    "coverage",
    "contacts_per_client",
    "field_days",
    "contacts_per_field_day",
)
# The five busiest, in this order.
SCORECARD = [
    ("FOREST PHARMACEUTICALS, INC.", 917, 298, 0.1908, 3.0772, 105, 8.7333),
    ("AstraZeneca Pharmaceuticals LP", 912, 357, 0.2286, 2.5546, 105, 8.6857),
    ("Pfizer Inc.", 689, 310, 0.1985, 2.2226, 109, 6.3211),
    ("Boehringer Ingelheim Pharmaceuticals, Inc.", 669, 272, 0.1741, 2.4596, 105, 6.3714),
    ("Janssen Pharmaceuticals, Inc", 598, 282, 0.1805, 2.1206, 107, 5.5888),
]


def check(test, ledger):
    """Every figure, from the read models."""
    scorecard = ledger.query("rep-activity", "scorecard")
    rows = scorecard.table("reps")
    busiest = [tuple(row[name] for name in SCORECARD_COLUMNS) for row in rows[: len(SCORECARD)]]
    test.assertEqual(busiest, SCORECARD)
    totals = scorecard.row("totals")
    test.assertEqual(totals["contacts"], CONTACTS)
    test.assertEqual(totals["visits"], MEALS)
    test.assertEqual(totals["field_days"], COMPANY_DAYS)
    test.assertEqual(totals["universe"], PHYSICIANS)
    months = ledger.query("rep-activity", "months").table("months")
    test.assertEqual({row["month"]: row["contacts"] for row in months}, MONTHS)
    test.assertEqual(ledger.query("rep-activity", "gaps").row("gaps"), GAPS)
    transfers = ledger.query("rep-activity", "transfers")
    natures = {row["nature"]: row["transfers"] for row in transfers.table("natures")}
    test.assertEqual(natures, NATURES)
    total = transfers.row("totals")
    test.assertEqual(total["transfers"], ROWS)
    test.assertEqual(total["amount"], {"minor": TOTAL_MINOR, "currency": "USD"})
