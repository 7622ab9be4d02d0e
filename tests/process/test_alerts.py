"""ledgerctl alerts: each alert has the cases that were planted and no others; what is not running
is said; each row of its table fits the answer of its query."""

import json
import re
import subprocess

import facts
from fieldledger import BIN, PROJECTIONS, Ledger, ProcessTest, main, patience
from test_capabilities import event_of

NOW = "2024-03-31"

# As in test_capabilities: type, id or stream, when it happened, payload.
FACTS = """
EmployeeHired rep-1 2024-01-01 {"employeeId": "rep-1", "kind": "PERSON"}
EmployeeHired rep-2 2024-01-01 {"employeeId": "rep-2", "kind": "PERSON"}
PipelineDefined pipe 2024-01-01 {"pipelineId": "pipe", "stages": [
    {"id": "first", "order": 1, "kind": "OPEN", "normDays": 5},
    {"id": "won", "order": 2, "kind": "WON"}]}
ClientRegistered c-1 2024-01-02 {"clientId": "c-1", "kind": "PHARMACY", "name": "Pharmacy 1"}
ClientRegistered c-2 2024-01-02 {"clientId": "c-2", "kind": "PHARMACY", "name": "Pharmacy 2"}
ClientRegistered c-3 2024-01-02 {"clientId": "c-3", "kind": "PHARMACY", "name": "Pharmacy 3"}
ClientAssigned c-1 2024-01-02 {"clientId": "c-1", "employeeId": "rep-1", "role": "OWNER"}
ClientAssigned c-2 2024-01-02 {"clientId": "c-2", "employeeId": "rep-2", "role": "OWNER"}
EmployeeTerminated rep-2 2024-03-14 {"employeeId": "rep-2", "lastDay": "2024-03-14"}
DuplicateSuspected c-1 2024-03-04 {"a": "c-1", "b": "c-2", "scoreBp": 9000, "rule": "name"}

CyclePlanTargetSet plan-0 2024-02-01 {"planId": "plan-0", "version": 1, "employeeId": "rep-1",
    "from": "2024-02-01", "to": "2024-02-29", "clientId": "c-1", "plannedCalls": 4}
CyclePlanTargetSet plan-1 2024-03-01 {"planId": "plan-1", "version": 1, "employeeId": "rep-1",
    "from": "2024-03-01", "to": "2024-04-12", "clientId": "c-1", "plannedCalls": 9}
CyclePlanTargetSet plan-1 2024-03-01 {"planId": "plan-1", "version": 1, "employeeId": "rep-1",
    "from": "2024-03-01", "to": "2024-04-12", "clientId": "c-3", "plannedCalls": 1}
RoutePlanned rep-1 2024-03-09 {"routeId": "r-1", "version": 1, "employeeId": "rep-1",
    "date": "2024-03-11", "stops": [{"clientId": "c-1", "visitId": "v-1", "order": 1},
    {"clientId": "c-3", "visitId": "v-9", "order": 2}]}
RoutePlanned rep-1 2024-03-09 {"routeId": "r-2", "version": 1, "employeeId": "rep-1",
    "date": "2024-03-12", "stops": [{"clientId": "c-1", "visitId": "v-2", "order": 1}]}
VisitReported v-1 2024-03-11T09:00:00+01:00 {"visitId": "v-1", "clientId": "c-1"}
VisitReported v-2 2024-03-12T09:00:00+01:00 {"visitId": "v-2", "clientId": "c-1"}
VisitVerdictRecorded v-1 2024-03-13 {"visitId": "v-1", "verdict": "VERIFIED"}
JointVisitRecorded v-1 2024-03-11
    {"visitId": "v-1", "repId": "rep-1", "companionId": "rep-3", "role": "COACH"}

EnquiryReceived e-1 2024-03-20 {"enquiryId": "e-1", "clientId": "c-1", "subject": "X"}
DealOpened d-1 2024-03-29 {"dealId": "d-1", "clientId": "c-1", "ownerId": "rep-1",
    "pipelineId": "pipe", "stage": "first"}
DealOpened d-2 2024-03-29 {"dealId": "d-2", "clientId": "c-1", "ownerId": "rep-1",
    "pipelineId": "pipe", "stage": "first"}
TaskCreated t-1 2024-03-03 {"taskId": "t-1", "kind": "OFFER", "dueOn": "2024-03-12",
    "assignee": "rep-1", "clientId": "c-1", "dealId": "d-1"}
TaskCreated t-2 2024-03-03 {"taskId": "t-2", "kind": "CALL", "dueOn": "2024-04-20",
    "assignee": "rep-1", "clientId": "c-1"}

InvoiceIssued i-1 2024-02-05 {"invoiceId": "i-1", "clientId": "c-1", "issuedOn": "2024-02-05",
    "dueOn": "2024-02-15", "amount": {"minor": 3000, "currency": "EUR"}}
InvoiceIssued i-2 2024-03-30 {"invoiceId": "i-2", "clientId": "c-3", "issuedOn": "2024-03-30",
    "dueOn": "2024-04-30", "amount": {"minor": 3000, "currency": "EUR"}}
SurveyAnswered s-1 2024-03-04 {"surveyId": "s-1", "questionCode": "supply", "answer": "good",
    "clientId": "c-1"}
SurveyAnswered s-1 2024-03-24 {"surveyId": "s-1", "questionCode": "supply", "answer": "good",
    "clientId": "c-1"}
PersonalFactRecorded p-1 2024-03-03 {"personId": "p-1", "clientId": "c-1", "topic": "BIRTHDAY",
    "personal": [{"personId": "p-1", "values": {"birthday": "--04-03"}}]}
DataAccessed 1 2024-03-05
    {"kind": "EXPORT", "subject": "rep-1", "object": "clients", "rows": 5000}
DataAccessed 2 2024-03-05 {"kind": "EXPORT", "subject": "rep-1", "object": "clients", "rows": 10}
"""

PLANTED = {
    "nobodys": 1,
    "owner_left": 1,
    "task_overdue": 1,
    "enquiry_waiting": 1,
    "deal_without_task": 1,
    "visit_overdue": 1,
    "plan_behind": 1,
    "visit_doubtful": 1,
    "route_left": 1,
    "duplicate_client": 1,
    "payment_late": 1,
    "asked_again": 1,
    "birthday_near": 1,
    "mass_export": 1,
    "mass_taken_back": 1,
}
NOT_PLANTED = (
    "deal_stale",
    "no_joint_visit",
    "field_missing",
    "order_late",
    "over_credit_limit",
    "contact_unwanted",
    "source_silent",
    "source_gap",
)
OF_AGENDA = {"task_overdue", "birthday_near"}


def events(types):
    shapes = {one["type"]: one for one in types}
    last = {}
    planted = [event_of(one, shapes, last) for one in re.split(r"\n+(?=\S)", FACTS.strip())]
    return planted + taken_back()


def taken_back():
    """101 facts that one actor took back, and 100 of those another."""
    calls = [
        facts.event(
            "InteractionLogged",
            f"interaction/n-{number}",
            {"interactionId": f"n-{number}", "channel": "CALL", "direction": "INBOUND"},
            occurred="2024-03-05",
        )
        for number in range(101)
    ]
    return [
        *calls,
        *(facts.retraction(one, actor="rep-1") for one in calls),
        *(facts.retraction(one, actor="rep-3") for one in calls[1:]),
    ]


class Alerts(ProcessTest):
    @classmethod
    def setUpClass(cls):
        cls.started = cls.enterClassContext(Ledger(*PROJECTIONS))
        cls.started.append(*events(cls.started.ctl("types", "--json").json["types"]))

    def ask(self, *arguments, now=NOW, **more):
        return self.started.ctl("alerts", "--json", "--now", now, *arguments, **more).json

    def found(self, *arguments, **more):
        """Alerts by name."""
        return {one["alert"]: one for one in self.ask(*arguments, **more)["alerts"]}

    def counts(self, *arguments, **more):
        return {name: one["cases"] for name, one in self.found(*arguments, **more).items()}

    def day_taken_back(self):
        first, *_ = self.started.read("--type", "FactRetracted", "--actor", "rep-1")
        return first["recordedAt"][: len("2024-03-05")]

    def test_each_alert_has_the_cases_that_were_planted(self):
        document = self.ask()
        self.assertEqual(document["position"], self.started.head())
        self.assertEqual(document["now"], NOW)
        counts = {one["alert"]: one["cases"] for one in document["alerts"]}
        self.assertEqual(counts, {**PLANTED, **dict.fromkeys(NOT_PLANTED, 0)})
        self.assertEqual({one["problem"] for one in document["alerts"]}, {None})
        self.assertFalse(any("list" in one for one in document["alerts"]))

    def test_cases_say_whom_they_concern(self):
        found = self.found("--all")
        keys = ("owner", "client", "id", "day")
        for name, one in found.items():
            self.assertEqual(len(one["list"]), one["cases"], name)
        expected = {
            "nobodys": (None, None, "c-3", None),
            "owner_left": ("rep-2", None, "c-2", "2024-03-14"),
            "task_overdue": ("rep-1", "c-1", "t-1", "2024-03-12"),
            "enquiry_waiting": ("rep-1", "c-1", "e-1", "2024-03-20"),
            "deal_without_task": ("rep-1", "c-1", "d-2", "2024-03-29"),
            "visit_overdue": ("rep-1", "c-1", "plan-1", "2024-03-12"),
            "plan_behind": ("rep-1", None, "plan-1", "2024-04-12"),
            "visit_doubtful": ("rep-1", "c-1", "v-2", "2024-03-12"),
            "route_left": ("rep-1", None, None, "2024-03-11"),
            "duplicate_client": (None, "c-1", "c-2", "2024-03-04"),
            "payment_late": (None, "c-1", None, None),
            "asked_again": ("rep-1", "c-1", "s-1", "2024-03-24"),
            "birthday_near": ("rep-1", "c-1", "p-1", "2024-04-03"),
            "mass_export": ("rep-1", None, "clients", "2024-03-05"),
            "mass_taken_back": ("rep-1", None, None, self.day_taken_back()),
        }
        self.assertEqual(set(expected), set(PLANTED))
        for name, whom in expected.items():
            (case,) = found[name]["list"]
            self.assertEqual(tuple(case[key] for key in keys), whom, name)
        self.assertEqual(found["task_overdue"]["list"][0]["row"]["kind"], "offer")

    def test_only_the_alert_that_was_named_is_listed(self):
        found = self.found("--list", "route_left")
        self.assertEqual([name for name, one in found.items() if "list" in one], ["route_left"])

    def test_now_and_days_go_to_the_queries(self):
        self.assertEqual(self.counts(now="2024-04-07")["no_joint_visit"], 0)
        later = self.counts(now="2024-04-08")
        self.assertEqual(later["no_joint_visit"], 1)
        self.assertEqual(later["deal_stale"], 2)
        self.assertEqual(later["birthday_near"], 0)
        self.assertEqual(self.counts(now="2024-05-01")["plan_behind"], 0)
        # 9 calls in 43 days, the last on the 12th.
        self.assertEqual(self.counts(now="2024-03-16")["visit_overdue"], 0)
        self.assertEqual(self.counts(now="2024-03-17")["visit_overdue"], 1)
        self.assertEqual(self.counts(now="2024-05-01")["visit_overdue"], 0)
        self.assertEqual(self.counts("--days", "2")["birthday_near"], 0)
        self.assertEqual(self.counts("--days", "3")["birthday_near"], 1)
        self.assertEqual(self.counts("--days", "19")["asked_again"], 0)

    def test_the_command_to_look_with_runs(self):
        for name, one in self.found().items():
            word, query, *rest = one["query"].split()
            self.assertEqual((word, query), ("ledgerctl", "query"), name)
            self.started.ctl("query", *rest)

    def test_people_see_counts_and_then_cases(self):
        text = self.started.ctl("alerts", "--now", NOW, "--list", "task_overdue").stdout
        (line,) = [one for one in text.splitlines() if one.startswith("task_overdue ")]
        self.assertEqual(line.split(maxsplit=2)[1:], ["1", "An open task is overdue."])
        overview, looking = text.split("\nWhere to look\n")
        self.assertNotIn("ledgerctl query", overview)
        self.assertIn(
            "task_overdue: tasks with overdue\n"
            f"    ledgerctl query agenda tasks --overdue yes --now {NOW}\n",
            looking,
        )
        counts = self.counts()
        for name, other in (("nobodys", "no owner"), ("owner_left", "the owner left")):
            told = f'{name}: orphans with why "{other}"\n'
            self.assertEqual(told in looking, counts[name] > 0)
        self.assertIn("t-1", text)
        self.assertNotIn("t-2", text)

    def test_without_now_it_is_about_today(self):
        document = self.started.ctl("alerts", "--json").json
        self.assertRegex(document["now"], r"^\d{4}-\d\d-\d\d$")
        self.assertGreater(document["now"], NOW)

    def test_a_projection_that_is_not_running_is_said(self):
        self.started.stop("agenda")
        self.addCleanup(self.started.start, "agenda")
        found = self.found("--all", expect=1)
        not_known = {name for name, one in found.items() if one["cases"] is None}
        self.assertEqual(not_known, OF_AGENDA)
        for name in OF_AGENDA:
            self.assertEqual(found[name]["problem"], "agenda is not running")
            self.assertNotIn("list", found[name])
        self.assertEqual(found["route_left"]["cases"], 1)
        text = self.started.ctl("alerts", "--now", NOW, expect=1).stdout
        self.assertEqual(text.count("not known: agenda is not running"), len(OF_AGENDA))

    def test_an_answer_that_is_not_as_the_table_says_is_a_fault(self):
        # The program with another name in its table is as one whose query was changed.
        program = (BIN / "ledgerctl").read_bytes()
        for kind, name in (("column", b"stop_adherence"), ("table", b"asked_again")):
            changed = self.started.folder / f"ledgerctl-{kind}"
            other = b"x" * len(name)
            self.assertIn(b"\0" + name + b"\0", program)
            changed.write_bytes(program.replace(b"\0" + name + b"\0", b"\0" + other + b"\0"))
            changed.chmod(0o755)
            words = [changed, "alerts", "--data", self.started.data, "--now", NOW]
            outcome = subprocess.run(words, capture_output=True, timeout=patience(120), text=True)
            self.assertEqual((outcome.returncode, outcome.stdout), (70, ""), outcome.stderr)
            said = f'has changed: its answer has no {kind} "{other.decode()}"'
            self.assertIn(said, outcome.stderr)

    def test_an_unknown_alert_is_refused(self):
        outcome = self.started.ctl("alerts", "--list", "storms", "--json", expect=2)
        message = json.loads(outcome.stdout)["error"]["message"]
        self.assertIn("there is no alert storms; without --list", message)


if __name__ == "__main__":
    main()
