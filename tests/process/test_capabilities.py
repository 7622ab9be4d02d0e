"""projections/CAPABILITIES.md and projections/README.md against the programs: what they name is
there, and every command they give has something to say on a ledger that has a fact of each type."""

import dataclasses
import json
import re
import shlex
import signal
import subprocess

import facts
from fieldledger import (
    BIN,
    PROJECTIONS,
    SOURCE,
    Ledger,
    ProcessTest,
    die_with_parent,
    main,
    patience,
    wait_until,
)

NUMBERED = range(1, 63)  # the numbered rows
NOW = "2026-03-31"
EVERY_TYPE = "every type"

# What stands for a word in capitals.
PLACEHOLDERS = {
    "CAMPAIGN": "k-1",
    "CLIENT": "c-1",
    "CORRELATION": "5f2e7a34-0d5c-4c53-9d0e-2f6c1e4b7a90",
    "DAY": "2026-03-10",
    "DEAL": "d-1",
    "DOCUMENT": "doc-1",
    "FROM": "2026-03-01",
    "INVOICE": "i-1",
    "LEAVER": "rep-2",
    "ORDER": "o-1",
    "PERSON": "p-1",
    "PLAN": "plan-1",
    "REP": "rep-1",
    "SUBSCRIBER": "billing",
    "SURVEY": "s-1",
    "TASK": "t-1",
    "TERRITORY": "north",
    "TO": "2026-03-31",
    "VISIT": "v-1",
}
VERBATIM = ("REPORT",)  # capitals that a parameter takes


# ---- a fact of each type
# Type, id or stream, when it happened, and the fields of payload and envelope; "@Type" is the event
# id of the last fact of that type.
FACTS = """
TerritoryAssigned all 2026-01-01 {"territoryId": "all", "employeeId": "rep-3"}
TerritoryAssigned north 2026-01-01
    {"territoryId": "north", "parentId": "all", "employeeId": "rep-1"}
ProductRegistered x 2026-01-01 {"productId": "x", "name": "Product X"}
PipelineDefined pipe 2026-01-01 {"pipelineId": "pipe", "stages": [
    {"id": "first", "order": 1, "kind": "OPEN", "probabilityBp": 2500, "normDays": 5},
    {"id": "second", "order": 2, "kind": "OPEN", "probabilityBp": 5000, "normDays": 5},
    {"id": "third", "order": 3, "kind": "OPEN", "probabilityBp": 7500, "normDays": 5},
    {"id": "won", "order": 4, "kind": "WON"}]}
FieldPolicyDefined address 2026-01-01
    {"policyId": "address", "version": 1, "kind": "client", "field": "address"}
WorkNormSet short 2026-01-01 {"normId": "short", "metric": "visit_minutes_min", "value": 10}

EmployeeHired rep-1 2026-01-01 {"employeeId": "rep-1", "kind": "PERSON",
    "personal": [{"personId": "rep-1", "values": {"name": "Representative 1"}}]}
EmployeeHired rep-2 2026-01-01 {"employeeId": "rep-2", "kind": "PERSON"}
EmployeeHired rep-3 2026-01-01 {"employeeId": "rep-3", "kind": "PERSON"}
EmployeeChanged rep-1 2026-03-05 {"employeeId": "rep-1", "kind": "TRAINING",
    "from": "2026-03-05", "to": "2026-03-06", "course": "products", "scorePct": 90}
AccessChanged 1 2026-03-02
    {"kind": "GRANT", "subject": "rep-1", "role": "representative", "scope": "north"}
AccessChanged 2 2026-03-02
    {"kind": "SUBSCRIPTION", "subject": "billing", "filter": "category order"}
DataAccessed 1 2026-03-05 {"kind": "VIEW", "subject": "c-1", "object": "order/o-1", "rows": 1}
DataAccessed 2 2026-03-05 {"kind": "REPORT", "object": "scorecard", "rows": 3, "position": 9}

InteractionLogged n-1 2026-03-01
    {"interactionId": "n-1", "channel": "CALL", "direction": "INBOUND"}
ClientRegistered c-1 2026-03-02 {"clientId": "c-1", "kind": "PHARMACY", "name": "Pharmacy 1",
    "firstContactEventId": "@InteractionLogged", "geo": {"latE7": 525000000, "lonE7": 134000000}}
ClientRegistered c-2 2026-03-02 {"clientId": "c-2", "kind": "HOSPITAL", "name": "Hospital 2"}
ClientRegistered c-3 2026-03-02 {"clientId": "c-3", "kind": "PHARMACY", "name": "Pharmacy 1"}
ClientRegistered c-4 2026-03-02 {"clientId": "c-4", "kind": "HCP",
    "externalIds": [{"system": "register", "id": "77"}]}
ClientRegistered c-5 2026-03-02 {"clientId": "c-5", "kind": "HCP",
    "externalIds": [{"system": "register", "id": "77"}]}
ClientAssigned c-1 2026-03-02 {"clientId": "c-1", "employeeId": "rep-1", "role": "OWNER"}
ClientAssigned c-2 2026-03-02 {"clientId": "c-2", "employeeId": "rep-2", "role": "OWNER"}
ClientDetailsChanged c-1 2026-03-03
    {"clientId": "c-1", "field": "address", "new": "1 Main Street"}
ContactPersonSet c-1 2026-03-03 {"personId": "p-1", "clientId": "c-1", "post": "owner",
    "personal": [{"personId": "p-1", "values": {"name": "Person 1", "phones": ["+49 30 1"]}}]}
ContactPersonSet c-1 2026-03-03 {"personId": "p-2", "clientId": "c-1", "post": "clerk"}
PersonalDataErased p-2 2026-03-04 {"personId": "p-2", "requestId": "request-1"}
PersonalFactRecorded p-1 2026-03-03 {"personId": "p-1", "clientId": "c-1", "topic": "BIRTHDAY",
    "personal": [{"personId": "p-1", "values": {"birthday": "--04-03"}}]}
PersonalFactRecorded p-1 2026-03-03 {"personId": "p-1", "clientId": "c-1",
    "topic": "PREFERENCE", "code": "channel",
    "personal": [{"personId": "p-1", "values": {"value": "email"}}]}
ConsentChanged p-1 2026-03-03 {"personId": "p-1", "channel": "CALL", "given": false}
TechnicalNeedRecorded c-1 2026-03-03 {"needId": "need-1", "clientId": "c-1",
    "code": "cold-chain", "productId": "x", "met": "NO"}
ClientSegmented c-1 2026-03-03
    {"clientId": "c-1", "scheme": "ABC", "segment": "A", "basis": "MANUAL"}
ClientSegmented c-1 2026-03-03
    {"clientId": "c-1", "scheme": "POTENTIAL", "segment": "high", "basis": "MANUAL"}
DuplicateSuspected c-1 2026-03-04 {"a": "c-1", "b": "c-3", "scoreBp": 9000, "rule": "name"}
ClientsMerged c-1 2026-03-04 {"survivor": "c-1", "merged": "c-3"}
MergeReversed c-1 2026-03-05
    {"mergeEventId": "@ClientsMerged", "survivor": "c-1", "merged": "c-3"}
ClientDeactivated c-3 2026-03-20 {"clientId": "c-3", "reason": "closed"}

CyclePlanTargetSet plan-1 2026-03-01 {"planId": "plan-1", "version": 1, "employeeId": "rep-1",
    "from": "2026-03-01", "to": "2026-03-31", "clientId": "c-1", "plannedCalls": 4,
    "productGoals": [{"productId": "x", "calls": 2}]}
RoutePlanned rep-1 2026-03-09 {"routeId": "r-1", "version": 1, "employeeId": "rep-1",
    "date": "2026-03-10", "stops": [{"clientId": "c-1", "visitId": "v-1", "order": 1}]}
WorkdayMarked rep-1 2026-03-10T08:00:00+01:00 {"employeeId": "rep-1", "kind": "START"}
LocationSampled rep-1 2026-03-10T08:10:00+01:00 {"employeeId": "rep-1", "accuracyM": 10,
    "personal": [{"personId": "rep-1",
                  "values": {"track": [{"latE7": 524900000, "lonE7": 134000000}]}}]}
VisitPlanned v-1 2026-03-02 {"visitId": "v-1", "clientId": "c-1", "date": "2026-03-09"}
VisitPlanned v-2 2026-03-02 {"visitId": "v-2", "clientId": "c-2", "date": "2026-03-11"}
VisitRescheduled v-1 2026-03-08
    {"visitId": "v-1", "oldDate": "2026-03-09", "newDate": "2026-03-10"}
VisitCancelled v-2 2026-03-11 {"visitId": "v-2", "kind": "NOT_HELD", "reason": "closed"}
VisitCheckedIn v-1 2026-03-10T09:00:00+01:00 {"visitId": "v-1", "accuracyM": 10,
    "geo": {"latE7": 525000000, "lonE7": 134000000}}
VisitCheckedOut v-1 2026-03-10T09:03:00+01:00 {"visitId": "v-1", "accuracyM": 10,
    "geo": {"latE7": 525000000, "lonE7": 134000000}}
VisitReported v-1 2026-03-10T09:00:00+01:00 {"visitId": "v-1", "clientId": "c-1",
    "personId": "p-1", "resultCode": "agreed", "details": [{"productId": "x", "order": 1}],
    "samples": [{"productId": "x", "lot": "L1", "qty": 2}], "agreements": "an order in March",
    "stock": [{"productId": "x", "qty": 0}],
    "expense": {"minor": 1000, "currency": "EUR"}, "territory": "north",
    "correlationId": "5f2e7a34-0d5c-4c53-9d0e-2f6c1e4b7a90"}
FactCorrected visit/v-1 2026-03-11 {"correctsEventId": "@VisitReported",
    "reason": "entered wrongly", "subjects": [{"kind": "visit", "id": "v-1"},
    {"kind": "client", "id": "c-1"}], "type": "VisitReported", "payload": {"visitId": "v-1",
    "clientId": "c-1", "resultCode": "ordered", "details": [{"productId": "x", "order": 1}]}}
VisitReported v-4 2026-03-12 {"visitId": "v-4", "clientId": "c-1"}
FactRetracted visit/v-4 2026-03-13 {"correctsEventId": "@VisitReported",
    "reason": "another client", "subjects": [{"kind": "visit", "id": "v-4"},
    {"kind": "client", "id": "c-1"}]}
TransferOfValueRecorded c-1 2026-03-10 {"visitId": "v-1", "clientId": "c-1", "nature": "meal",
    "amount": {"minor": 500, "currency": "EUR"}}
JointVisitRecorded v-1 2026-03-10 {"visitId": "v-1", "repId": "rep-1", "companionId": "rep-3",
    "role": "COACH", "scores": [{"criterion": "opening", "score": 4}]}
VisitVerdictRecorded v-1 2026-03-12
    {"visitId": "v-1", "verdict": "FLAGGED", "rule": "too_short"}

TaskCreated t-1 2026-03-03 {"taskId": "t-1", "kind": "OFFER", "dueOn": "2026-03-12",
    "remindAt": "2026-04-01T09:00:00+02:00", "assignee": "rep-1", "clientId": "c-1",
    "dealId": "d-1"}
TaskCreated t-2 2026-03-03 {"taskId": "t-2", "kind": "SERVICE", "dueOn": "2026-04-02",
    "assignee": "rep-1", "clientId": "c-1"}
TaskCreated t-3 2026-03-03 {"taskId": "t-3", "kind": "SUPPORT", "assignee": "rep-2"}
TaskCreated t-4 2026-03-03 {"taskId": "t-4", "kind": "CALL", "dueOn": "2026-03-10",
    "assignee": "rep-1", "clientId": "c-2"}
TaskReassigned t-3 2026-03-20
    {"taskId": "t-3", "fromEmployee": "rep-2", "toEmployee": "rep-1"}
TaskRescheduled t-1 2026-03-04
    {"taskId": "t-1", "oldDueOn": "2026-03-12", "newDueOn": "2026-03-14"}
TaskProgressed t-1 2026-03-05 {"taskId": "t-1", "pct": 40}
TaskCompleted t-2 2026-03-06 {"taskId": "t-2", "resultCode": "done"}
TaskCancelled t-3 2026-03-21 {"taskId": "t-3", "reason": "no longer needed"}
ReminderFired t-1 2026-03-12 {"taskId": "t-1", "to": "rep-1"}

InteractionLogged n-2 2026-03-11T15:00:00+01:00 {"interactionId": "n-2", "clientId": "c-1",
    "personId": "p-1", "channel": "CALL", "direction": "OUTBOUND", "seconds": 120}
MailingSent m-1 2026-03-02 {"mailingId": "m-1", "campaignId": "k-1", "channel": "EMAIL",
    "recipients": 10, "cost": {"minor": 2000, "currency": "EUR"}}
MailingResponded m-1 2026-03-03
    {"mailingId": "m-1", "personId": "p-1", "clientId": "c-1", "kind": "OPENED"}
SurveyAnswered s-1 2026-03-04 {"surveyId": "s-1", "questionCode": "supply", "answer": "good",
    "clientId": "c-1", "personId": "p-1"}
SurveyAnswered s-1 2026-03-24 {"surveyId": "s-1", "questionCode": "supply", "answer": "good",
    "clientId": "c-1", "personId": "p-1"}
FeedbackReceived c-1 2026-03-04 {"clientId": "c-1", "topic": "supply", "sentiment": "NEGATIVE"}
DecisionRecorded 1 2026-03-05 {"decisionId": "1", "clientId": "c-1", "basisPosition": 3,
    "decision": "deliver twice a week"}

EnquiryReceived e-1 2026-03-02 {"enquiryId": "e-1", "clientId": "c-1", "subject": "X"}
EnquiryReceived e-2 2026-03-20 {"enquiryId": "e-2", "clientId": "c-1", "subject": "X"}
AlertRaised task_overdue 2026-03-13 {"code": "task_overdue", "causeEventIds": ["@TaskCreated"],
    "kind": "task", "id": "t-4", "clientId": "c-2", "employeeId": "rep-1", "due": "2026-03-10"}

DealOpened d-1 2026-03-03 {"dealId": "d-1", "clientId": "c-1", "ownerId": "rep-1",
    "pipelineId": "pipe", "stage": "first", "source": "k-1", "enquiryId": "e-1",
    "amount": {"minor": 90000, "currency": "EUR"}, "closeDate": "2026-04-30"}
DealOpened d-2 2026-03-03 {"dealId": "d-2", "clientId": "c-1", "ownerId": "rep-2",
    "pipelineId": "pipe", "stage": "first", "source": "k-1"}
DealOpened d-3 2026-03-03 {"dealId": "d-3", "clientId": "c-1", "ownerId": "rep-1",
    "pipelineId": "pipe", "stage": "first"}
DealStageChanged d-1 2026-03-05 {"dealId": "d-1", "from": "first", "to": "third"}
DealTermsChanged d-1 2026-03-06 {"dealId": "d-1", "field": "AMOUNT",
    "new": {"amount": {"minor": 95000, "currency": "EUR"}}}
DealReassigned d-2 2026-03-13
    {"dealId": "d-2", "fromEmployee": "rep-2", "toEmployee": "rep-1", "reason": "LEAVER"}
DealWon d-2 2026-03-20
    {"dealId": "d-2", "amount": {"minor": 90000, "currency": "EUR"}, "successFactor": "price"}
DealStageChanged d-2 2026-03-21 {"dealId": "d-2", "from": "won", "to": "second"}
DealLost d-3 2026-03-20 {"dealId": "d-3", "reasonCode": "no-certificate"}
DealReopened d-3 2026-03-22 {"dealId": "d-3", "toStage": "first"}
RefusalRecorded c-1 2026-03-19
    {"clientId": "c-1", "reasonCode": "no-certificate", "removable": true}
ObstacleRemoved c-1 2026-03-21
    {"refusalEventId": "@RefusalRecorded", "clientId": "c-1", "how": "certificate obtained"}
DocumentIssued doc-1 2026-03-06 {"docId": "doc-1", "clientId": "c-1", "template": "offer",
    "inputsPosition": 9}
DocumentStatusChanged doc-1 2026-03-07 {"docId": "doc-1", "status": "SENT"}

OrderPlaced o-1 2026-03-04 {"orderId": "o-1", "clientId": "c-1", "channel": "SELF_SERVICE",
    "lines": [{"productId": "x", "qty": 10, "price": {"minor": 300, "currency": "EUR"}}]}
OrderStatusChanged o-1 2026-03-05 {"orderId": "o-1", "to": "shipped"}
SaleReported c-1 2026-03-15 {"clientId": "c-1", "productId": "x", "qty": 10,
    "amount": {"minor": 3000, "currency": "EUR"}, "period": "2026-03"}
SalesPlanSet sales-1 2026-03-01 {"planId": "sales-1", "territoryId": "north", "productId": "x",
    "period": "2026-03", "amount": {"minor": 6000, "currency": "EUR"}}
CreditTermsSet c-1 2026-01-02
    {"clientId": "c-1", "days": 10, "limit": {"minor": 2000, "currency": "EUR"}}
InvoiceIssued i-1 2026-01-05 {"invoiceId": "i-1", "clientId": "c-1", "issuedOn": "2026-01-05",
    "dueOn": "2026-01-15", "amount": {"minor": 3000, "currency": "EUR"}}
PaymentReceived i-1 2026-03-02 {"invoiceId": "i-1", "clientId": "c-1", "paymentId": "pay-1",
    "amount": {"minor": 500, "currency": "EUR"}}
InvoiceIssued i-2 2026-03-05 {"invoiceId": "i-2", "clientId": "c-1", "issuedOn": "2026-03-05",
    "amount": {"minor": 3000, "currency": "EUR"}}
DisputeChanged i-2 2026-03-06 {"invoiceId": "i-2", "status": "OPENED"}

ImportBatchRecorded 1 2026-03-02 {"batchId": "5f2e7a34-0d5c-4c53-9d0e-2f6c1e4b7a91",
    "source": "register", "rows": 2, "accepted": 1, "rejected": 1}
SourceRecordObserved 1 2026-03-02 {"sourceType": "row", "raw": "{}",
    "source": {"system": "register", "recordId": "77"}}
RecordRejected 1 2026-03-02 {"batchId": "5f2e7a34-0d5c-4c53-9d0e-2f6c1e4b7a91", "row": 2,
    "code": "missing_field", "missing": ["name"]}
SourceGapDetected 1 2026-03-02 {"source": "register", "entity": "row"}

ClientReassigned c-2 2026-03-15
    {"clientId": "c-2", "fromEmployee": "rep-2", "toEmployee": "rep-1", "reason": "LEAVER"}
EmployeeTerminated rep-2 2026-03-14 {"employeeId": "rep-2", "lastDay": "2026-03-14"}
"""


def event_of(entry, shapes, last):
    """Stream and subjects follow from the type and the payload where the entry does not say."""
    type_, where, occurred, content = entry.split(maxsplit=3)
    shape = shapes[type_]
    content = json.loads(re.sub("@([A-Za-z]+)", lambda match: last[match[1]], content))
    names = {field["field"] for field in shape["fields"]}
    payload = {name: content.pop(name) for name in names & content.keys()}
    named = [
        {"kind": field["subject"], "id": payload[field["field"]]}
        for field in shape["fields"]
        if "subject" in field and field["field"] in payload
    ]
    stream = where if "/" in where else f"{shape['category']}/{where}"
    event = facts.event(type_, stream, payload, occurred=occurred)
    last[type_] = event["eventId"]
    return {**event, "subjects": named, **content}


def events_of_each_type(types):
    shapes = {one["type"]: one for one in types}
    last = {}
    entries = re.split(r"\n+(?=\S)", FACTS.strip())
    return [event_of(entry, shapes, last) for entry in entries]


# ---- the page


@dataclasses.dataclass
class Row:
    number: int | None  # alerts have none
    asked: str
    types: list
    commands: list
    shown: str

    @property
    def lacks(self):
        return "*not yet:*" in self.shown


def rows_of(page):
    found = []
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or set(cells[0]) <= set("-") or cells[0] in ("no.", "alert"):
            continue
        number = int(cells.pop(0)) if cells[0].isdigit() else None
        asked, recorded, shown = cells
        types = [] if recorded == EVERY_TYPE else recorded.split(", ")
        found += [Row(number, asked, types, re.findall("`([^`]*)`", shown), shown)]
    return found


def sums_of(rows):
    """Rows, those that nothing shows, those that something shows in part."""
    lacking = [bool(row.commands) for row in rows if row.lacks]
    return len(rows), lacking.count(False), lacking.count(True)


def sums_said(rows):
    """The sentence about the rows, for the page to say."""
    asked = [row for row in rows if row.number]
    alerts = [row for row in rows if not row.number]
    return (
        "Of {} rows, {} are shown by nothing and {} in part only. "
        "Of {} alerts, {} are shown by nothing and {} in part only."
    ).format(*sums_of(asked), *sums_of(alerts))


def faults_of_rows(page, types):
    rows = rows_of(page)
    numbers = [row.number for row in rows if row.number]
    faults = [f"row {one} is not there once" for one in NUMBERED if numbers.count(one) != 1]
    faults += [f"nobody asked for row {one}" for one in numbers if one not in NUMBERED]
    for row in rows:
        faults += [f"{row.asked}: no type {one}" for one in row.types if one not in types]
        if not row.commands and not row.lacks:
            faults += [f"{row.asked}: neither a command nor what is missing"]
    if sums_said(rows) not in " ".join(page.split()):
        faults += [f"the page does not say: {sums_said(rows)}"]
    return faults


def words_of(command, position):
    """The command's words behind `ledgerctl`, with ids in place of capitals."""
    known = {**PLACEHOLDERS, "POSITION": str(position)}

    def replace(match):
        return match[0] if match[0] in VERBATIM else known[match[0]]

    return [re.sub(r"\b[A-Z]{2,}\b", replace, word) for word in shlex.split(command)[1:]]


class Capabilities(ProcessTest):
    @classmethod
    def setUpClass(cls):
        cls.page = (SOURCE / "projections/CAPABILITIES.md").read_text("utf-8")
        cls.started = cls.enterClassContext(Ledger(*PROJECTIONS))
        types = cls.started.ctl("types", "--json").json["types"]
        cls.types = {one["type"] for one in types}
        cls.events = events_of_each_type(types)
        cls.started.append(*cls.events)
        cls.started.wait_followed()
        cls.head = cls.started.head()

    def fault_of_tail(self, words):
        """It goes on until it is told to end."""
        log = self.started.folder / "tail"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [BIN / "ledgerctl", *words, "--data", self.started.data],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,
            )
        wait_until(lambda: log.stat().st_size or process.poll() is not None, "tail prints")
        process.send_signal(signal.SIGINT)
        status = process.wait(patience(30))
        return None if status == 0 else log.read_text()

    def fault_of(self, command):
        """What is wrong with a command of the page; None if it runs and has something to say."""
        if command.split()[0] != "ledgerctl":
            return "no command of ours"
        try:
            words = words_of(command, self.head)
        except KeyError as unknown:
            return f"nothing stands for {unknown}"
        if words[0] == "tail":
            return self.fault_of_tail(words)
        asks = words[0] == "query"
        more = ("--now", NOW, "--json") if asks else ()
        outcome = self.started.ctl(*words, *more, expect=None)
        if outcome.status:
            return outcome.stderr
        if asks and not any(outcome.json["tables"].values()):
            return "the answer has no row"
        return None if outcome.stdout else "it prints nothing"

    def faults_of_commands(self, page):
        commands = sorted({command for row in rows_of(page) for command in row.commands})
        found = ((command, self.fault_of(command)) for command in commands)
        return [f"{command}: {fault}" for command, fault in found if fault]

    def test_all_of_its_facts_can_be_used(self):
        self.assertEqual({event["type"] for event in self.events}, self.types)
        for name in PROJECTIONS:
            self.assertEqual(self.started.query(name, "parked").table("parked"), [], name)

    def test_each_row_is_there_once_and_names_types_that_there_are(self):
        self.assertEqual(faults_of_rows(self.page, self.types), [])

    def test_each_command_runs_and_has_something_to_say(self):
        self.assertEqual(self.faults_of_commands(self.page), [])

    def test_every_projection_is_named(self):
        asked = {
            command.split()[2]
            for row in rows_of(self.page)
            for command in row.commands
            if command.startswith("ledgerctl query ")
        }
        self.assertEqual(asked, set(PROJECTIONS))

    def test_a_page_that_is_wrong_is_found_out(self):
        spoiled = {
            "| 17 |": ("| 18 |", ["row 17 is not there once", "row 18 is not there once"]),
            "| DecisionRecorded |": ("| DecisionTaken |", ["no type DecisionTaken"]),
            "0 are shown by nothing and 5": ("0 are shown by nothing and 4", ["does not say"]),
            "`ledgerctl query sales-funnel losses`": ("none", ["Why clients refuse"]),
        }
        for right, (wrong, expected) in spoiled.items():
            with self.subTest(wrong):
                self.assertIn(right, self.page)
                faults = faults_of_rows(self.page.replace(right, wrong, 1), self.types)
                self.assertEqual(len(faults), len(expected), faults)
                for fault, part in zip(faults, expected):
                    self.assertIn(part, fault)

    def test_a_command_that_is_wrong_is_found_out(self):
        wrong = {
            "ledgerctl query trade profits": "has no query profits",
            "ledgerctl query trade value --colour red": "has no parameter of this name",
            "ledgerctl query trade order": "must be told which order",
            "ledgerctl query profits value": "there is no projection",
            "ledgerctl query agenda task --task 17": "no row",
            "ledgerctl query agenda task --task NOBODY": "nothing stands for 'NOBODY'",
            "ledgerctl read --stream visit/17": "it prints nothing",
            "ledgerctl reckon": "there is no command",
            "ledgerctl tail --colour red": "unknown option",
            "psql": "no command of ours",
        }
        for command, fault in wrong.items():
            with self.subTest(command):
                found = self.faults_of_commands(f"| 1 | something | every type | `{command}` |")
                self.assertEqual(len(found), 1)
                self.assertIn(fault, found[0])


class Readme(ProcessTest):
    """Of the README, what the programs and the headers have to bear out."""

    def setUp(self):
        self.page = (SOURCE / "projections/README.md").read_text("utf-8")

    def test_it_lists_the_queries_that_there_are(self):
        rows = re.findall(r"^\| `([a-z-]+)` \|[^|]*\|([^|]*)\|$", self.page, re.MULTILINE)
        listed = {name: re.findall("`([^`]*)`", queries) for name, queries in rows}
        ledger = self.ledger(*PROJECTIONS)
        shared = {"parked", "digest"}
        for name in PROJECTIONS:
            described = ledger.ctl("query", name, "--help", "--json").json["queries"]
            there = [one["name"] for one in described if one["name"] not in shared]
            self.assertEqual(listed.get(name), there, name)
        self.assertEqual(set(listed), set(PROJECTIONS))


if __name__ == "__main__":
    main()
