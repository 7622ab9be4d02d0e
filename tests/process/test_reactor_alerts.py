"""ledger-reactor: each case of an alert becomes a fact, once, and names what raised it."""

import json

import facts
import test_alerts
import test_capabilities
from fieldledger import main
from test_reactor import ReactorTest, of_task, task


class Alerts(ReactorTest):
    """Those that `ledgerctl alerts` counts, on the same facts (test_alerts.py)."""

    # Of each alert's case: kind and id, client, employee, since when, and the types that raised it.
    # "recorded" is the day on which the first of those was.
    CASES = {
        "owner_left": (
            "client",
            "c-2",
            "c-2",
            "rep-2",
            "2024-03-15",
            "EmployeeTerminated ClientRegistered",
        ),
        "task_overdue": ("task", "t-1", "c-1", "rep-1", "2024-03-12", "TaskCreated"),
        "enquiry_waiting": ("enquiry", "e-1", "c-1", "rep-1", "2024-03-21", "EnquiryReceived"),
        "deal_without_task": ("deal", "d-2", "c-1", "rep-1", "2024-03-29", "DealOpened"),
        "visit_overdue": ("plan", "plan-1", "c-1", "rep-1", "2024-03-17", "CyclePlanTargetSet"),
        "plan_behind": ("plan", "plan-1", None, "rep-1", None, "CyclePlanTargetSet"),
        "visit_doubtful": ("visit", "v-2", "c-1", "rep-1", "2024-03-12", "VisitReported"),
        "route_left": (None, None, None, "rep-1", "2024-03-12", "RoutePlanned"),
        "duplicate_client": ("client", "c-2", "c-1", None, "2024-03-04", "DuplicateSuspected"),
        "payment_late": (None, None, "c-1", None, "2024-02-15", "InvoiceIssued"),
        "asked_again": ("survey", "s-1", "c-1", "rep-1", "2024-03-24", "SurveyAnswered"),
        "mass_export": (None, "clients", None, "rep-1", "2024-03-05", "DataAccessed"),
        "mass_taken_back": (None, None, None, "rep-1", "recorded", "FactRetracted"),
        "nobodys": ("client", "c-3", "c-3", None, "2024-01-02", "ClientRegistered"),
    }
    WHAT = {"visit_doubtful": "back_dated", "asked_again": "supply"}
    NOW = test_alerts.NOW + "T00:00:00Z"

    def plant(self):
        types = self.started.ctl("types", "--json").json["types"]
        self.events = test_alerts.events(types)
        self.started.append(*self.events)

    def of(self, code):
        (event,) = self.alerts(code)
        return event

    def test_each_case_is_a_fact_that_names_what_raised_it(self):
        self.plant()
        self.react("--back", "365", now=self.NOW)
        # A birthday is personal: a fact about its time would outlive its erasure.
        self.assertEqual(set(self.CASES), set(test_alerts.PLANTED) - {"birthday_near"})
        known = {one["eventId"]: one for one in self.started.read()}
        for code, (kind, id_, client, employee, due, causes) in self.CASES.items():
            with self.subTest(code):
                event = self.of(code)
                payload = dict(event["payload"])
                raised = payload.pop("causeEventIds")
                self.assertEqual(" ".join(known[one]["type"] for one in raised), causes)
                self.assertEqual(event["causationId"], raised[0])
                if due == "recorded":
                    due = known[raised[0]]["recordedAt"][: len("2024-03-05")]
                expected = {
                    "what": self.WHAT.get(code),
                    "code": code,
                    "kind": kind,
                    "id": id_,
                    "clientId": client,
                    "employeeId": employee,
                    "due": due,
                }
                self.assertEqual(payload, {k: v for k, v in expected.items() if v is not None})
                self.assertEqual(event["stream"], f"alert/{code}")
                self.assertEqual(event["occurred"], test_alerts.NOW)
                if client:
                    self.assertIn({"kind": "client", "id": client}, event["subjects"])
                if employee:
                    self.assertIn({"kind": "employee", "id": employee}, event["subjects"])
        self.assert_adds_nothing_more(now=self.NOW)

    def test_what_fell_due_too_long_ago_is_left(self):
        self.plant()
        self.react(now=self.NOW)
        raised = {one["payload"]["code"] for one in self.alerts()}
        self.assertEqual(set(self.CASES) - raised, {"payment_late", "nobodys"})

    def test_of_several_facts_the_one_that_holds(self):
        def due(day):
            return task("t-9", dueOn=day, remind_at="2026-06-01T09:00:00Z")

        created = due("2026-03-01")
        moved = of_task("TaskRescheduled", "t-9", oldDueOn="2026-03-01", newDueOn="2026-03-04")
        wrong = of_task("TaskRescheduled", "t-9", oldDueOn="2026-03-04", newDueOn="2026-03-05")
        self.started.append(created, moved, wrong)
        self.started.append(facts.retraction(wrong))
        self.react()
        event = self.of("task_overdue")
        self.assertEqual(event["payload"]["causeEventIds"], [moved["eventId"]])
        self.assertEqual(event["payload"]["due"], "2026-03-04")

    def test_a_fact_that_was_taken_back_and_put_back(self):
        created = task("t-9", dueOn="2026-03-01", remind_at="2026-06-01T09:00:00Z")
        moved = of_task("TaskRescheduled", "t-9", oldDueOn="2026-03-01", newDueOn="2026-03-05")
        taken_back = facts.retraction(moved)
        put_back = facts.retraction(taken_back)
        self.started.append(created, moved, taken_back, put_back)
        self.react()
        self.started.append(facts.retraction(put_back))
        self.react()
        self.assertEqual(
            [
                (one["payload"]["causeEventIds"], one["payload"]["due"])
                for one in self.alerts("task_overdue")
            ],
            [([moved["eventId"]], "2026-03-05"), ([created["eventId"]], "2026-03-01")],
        )

    def test_what_was_taken_back_before_many_other_amendments(self):
        created = task("t-9", dueOn="2026-03-01", remind_at="2026-06-01T09:00:00Z")
        wrong = of_task("TaskRescheduled", "t-9", oldDueOn="2026-03-01", newDueOn="2026-03-05")
        steps = [of_task("TaskProgressed", "t-9", pct=10) for _ in range(1001)]
        others = [facts.correction(one, {**one["payload"], "pct": 20}) for one in steps]
        self.started.append(created, wrong, facts.retraction(wrong), *steps, *others)
        self.react()
        event = self.of("task_overdue")
        self.assertEqual(event["payload"]["causeEventIds"], [created["eventId"]])
        self.assertEqual(event["payload"]["due"], "2026-03-01")

    def test_an_interval_is_over_once_for_each_last_contact(self):
        def target(version, calls):
            payload = {
                "planId": "plan-1",
                "version": version,
                "employeeId": "rep-1",
                "from": "2026-03-01",
                "to": "2026-03-30",
                "clientId": "c-1",
                "plannedCalls": calls,
            }
            subjects = [("client", "c-1")]
            return facts.event(
                "CyclePlanTargetSet",
                "plan/plan-1",
                payload,
                subjects=subjects,
                occurred="2025-11-01",
            )

        def raised():
            return [
                (one["payload"]["causeEventIds"], one["payload"]["due"])
                for one in self.alerts("visit_overdue")
            ]

        planned = target(1, calls=3)
        self.started.append(facts.client("c-1"), planned)
        self.react(now="2026-03-11T12:00:00Z")
        self.assertEqual(raised(), [], "ten days between two visits, and ten have gone by")
        self.react(now="2026-03-12T12:00:00Z")
        never_visited = ([planned["eventId"]], "2026-03-12")
        self.assertEqual(raised(), [never_visited])
        self.started.append(target(2, calls=4))
        self.react(now="2026-03-13T12:00:00Z")
        self.assertEqual(raised(), [never_visited], "the interval began on the same day")
        self.started.append(facts.visit("v-1", "c-1", occurred="2026-03-13T09:00:00Z"))
        self.react(now="2026-03-20T12:00:00Z")
        self.assertEqual(raised(), [never_visited])
        self.react(now="2026-03-21T12:00:00Z")
        self.assertEqual(raised(), [never_visited, ([planned["eventId"]], "2026-03-21")])
        self.assert_adds_nothing_more(now="2026-03-21T12:00:00Z")

    def test_one_that_persists_is_not_raised_again_and_one_that_returns_is(self):
        self.started.append(task("t-9", dueOn="2026-03-01"))
        self.react()
        self.started.append(of_task("TaskProgressed", "t-9", pct=10))
        self.react(now="2026-03-12T00:00:00Z")
        first = self.of("task_overdue")
        moved = of_task("TaskRescheduled", "t-9", oldDueOn="2026-03-01", newDueOn="2026-03-14")
        self.started.append(moved)
        self.react(now="2026-03-13T00:00:00Z")
        self.assertEqual(self.alerts("task_overdue"), [first], "it is not overdue any more")
        self.react(now="2026-03-16T00:00:00Z")
        self.assertEqual(
            [one["payload"]["causeEventIds"] for one in self.alerts("task_overdue")],
            [first["payload"]["causeEventIds"], [moved["eventId"]]],
        )
        self.assert_adds_nothing_more(now="2026-03-16T00:00:00Z")

    def test_there_are_as_many_as_are_counted(self):
        """On a ledger that has a fact of each type, but for those named below."""
        self.started.start("client-history")
        types = self.started.ctl("types", "--json").json["types"]
        planted = [
            one
            for one in test_capabilities.events_of_each_type(types)
            if one["type"] not in ("AlertRaised", "RecordRejected")
        ]
        self.started.append(*planted)
        first_day = test_capabilities.NOW
        for day in (first_day, "2026-05-31"):
            counted = self.started.ctl("alerts", "--json", "--now", day).json["alerts"]
            cases = {one["alert"]: one["cases"] for one in counted}
            self.react("--back", "365", now=f"{day}T12:00:00Z")
            for code, number in cases.items():
                with self.subTest(day=day, code=code):
                    raised = self.alerts(code)
                    if code == "birthday_near":
                        self.assertEqual(raised, [])
                    elif day == first_day:
                        self.assertEqual(len(raised), number)
                    else:
                        self.assertGreaterEqual(len(raised), number)
                    keys = {(one["causationId"], json.dumps(one["payload"])) for one in raised}
                    self.assertEqual(len(keys), len(raised))
        raised = {one["payload"]["code"] for one in self.alerts()}
        self.assertGreaterEqual(
            raised,
            {
                "contact_unwanted",
                "deal_stale",
                "field_missing",
                "no_joint_visit",
                "over_credit_limit",
                "source_gap",
            },
        )
        self.assert_adds_nothing_more(now="2026-05-31T12:00:00Z")

    def test_the_first_fact_about_a_client_stands_in_for_what_cannot_be_found(self):
        def answer(occurred):
            payload = {
                "surveyId": "s-1",
                "questionCode": "supply",
                "answer": "good",
                "clientId": "c-1",
            }
            return facts.event(
                "SurveyAnswered",
                "survey/s-1",
                payload,
                subjects=[("client", "c-1")],
                occurred=occurred,
            )

        first, again = answer("2026-03-01"), answer("2026-03-08")
        self.started.append(first, again)
        # Nothing in the ledger was written of this day.
        self.started.append(facts.correction(again, new_occurred="2026-03-05"))
        self.react()
        event = self.of("asked_again")
        self.assertEqual(event["payload"]["due"], "2026-03-05")
        self.assertEqual(event["payload"]["causeEventIds"], [first["eventId"]])
        self.assert_adds_nothing_more()

    def test_the_client_shows_what_was_raised_about_it(self):
        self.started.start("client-history")
        self.plant()
        self.react(now=self.NOW)
        about = {one["eventId"] for one in self.alerts() if one["payload"].get("clientId") == "c-1"}
        self.assertGreater(len(about), 3)
        rows = self.started.query("client-history", "timeline", "--client", "c-1").table("timeline")
        shown = [one for one in rows if one["type"] == "AlertRaised"]
        self.assertEqual(len(shown), len(about))
        found = self.started.query(
            "audit-trail", "search", "--object", "client/c-1", "--type", "AlertRaised"
        )
        positions = {one["position"] for one in self.alerts() if one["eventId"] in about}
        (rows, *_) = found.document["tables"].values()
        self.assertTrue(positions <= {str(one["position"]) for one in rows})


if __name__ == "__main__":
    main()
