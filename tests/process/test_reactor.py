"""ledger-reactor: facts that follow from facts, each once, whatever is restarted or made anew."""

import datetime
import re
import shutil
import signal
import subprocess

import facts
import fieldledger
from fieldledger import BIN, Process, ProcessTest, main, wait_until

PROJECTIONS = tuple(one for one in fieldledger.PROJECTIONS if one != "client-history")
NOW = "2026-03-10T12:00:00Z"
BEFORE = "2026-03-10T07:59:00Z"
REMIND_AT = "2026-03-10T10:00:00+02:00"
TYPES = {
    "reminder": "ReminderFired",
    "visit_flag": "VisitVerdictRecorded",
    "duplicate": "DuplicateSuspected",
}
USAGE, UNAVAILABLE, LOCKED, CONFIG = 2, 69, 75, 78


def of_task(type_, task_id="t-1", **payload):
    return facts.event(
        type_,
        f"task/{task_id}",
        {"taskId": task_id, **payload},
        subjects=[("task", task_id)],
        occurred="2026-03-02T09:00:00Z",
    )


def task(task_id="t-1", assignee="rep-1", remind_at=REMIND_AT, **payload):
    names = {"subject": "Call back", "remindAt": remind_at, **payload}
    if assignee:
        names["assignee"] = assignee
    return of_task("TaskCreated", task_id, **names)


def visit(visit_id, start, end, entered, client_id="c-1"):
    """Reported, and entered in its source, at those times of 2026-03-09 and later."""
    payload = {"started": f"2026-03-09T{start}Z", "ended": f"2026-03-09T{end}Z"}
    source = {"system": "crm", "recordId": visit_id, "recordedAt": entered}
    return facts.visit(
        visit_id, client_id, payload=payload, occurred=payload["started"], source=source
    )


def registered(client_id, name, address, number=None):
    event = facts.client(client_id, name)
    event["payload"]["address"] = address
    if number:
        event["payload"]["externalIds"] = [{"system": "registry", "id": number}]
    return event


def verdict(a, b, is_duplicate):
    payload = {"a": a, "b": b, "verdict": "DUPLICATE" if is_duplicate else "NOT_DUPLICATE"}
    subjects = [("client", a), ("client", b)]
    return facts.event("DuplicateSuspected", f"client/{a}", payload, subjects=subjects)


def micros(text):
    """As JSON has 64-bit numbers."""
    return str(int(datetime.datetime.fromisoformat(text).timestamp()) * 1000000)


class ReactorTest(ProcessTest):
    def setUp(self):
        self.started = self.ledger(*PROJECTIONS)

    def command(self, *arguments):
        return [BIN / "ledger-reactor", "--data", self.started.data, *arguments]

    def react(self, *arguments, now=NOW, expect=0):
        """One round; what it said. now=None: by the machine's clock."""
        given = ("--now", now) if now else ()
        done = subprocess.run(
            self.command("--once", *given, *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )
        said = done.stderr.decode("utf-8", "replace")
        self.assertEqual(done.returncode, expect, said)
        return said

    def keep_reacting(self, name="reactor", now=NOW):
        """A reactor that goes on, its rounds a second apart. Ends with the ledger."""
        process = Process(
            name,
            self.command(
                "--every", "1", "--alerts-every", "1", "--now", now, "--log-level", "debug"
            ),
            self.started.folder / f"{name}.log",
        )
        self.started.processes[name] = process
        return process

    def records(self, rule=None):
        """What the reactor wrote, but for alerts."""
        types = [TYPES[rule]] if rule else TYPES.values()
        return [one for one in self.started.read("--actor", "reactor") if one["type"] in types]

    def alerts(self, *codes):
        """Those that it raised; all, if none are named."""
        found = self.started.read("--type", "AlertRaised")
        return [one for one in found if not codes or one["payload"]["code"] in codes]

    def payloads(self, rule):
        return [one["payload"] for one in self.records(rule)]

    def rebuild(self):
        """Every projection made anew from the ledger."""
        self.started.stop(*PROJECTIONS)
        for name in PROJECTIONS:
            shutil.rmtree(self.started.data / "projections" / name)
        self.started.start(*PROJECTIONS)

    def assert_adds_nothing_more(self, now=NOW):
        """Not in another round, nor after the projections were made anew. What the reactor wrote
        may raise an alert in the round that follows."""
        records = self.records()
        self.react(now=now)
        alerts = self.alerts()
        self.rebuild()
        self.react(now=now)
        self.assertEqual((self.records(), self.alerts()), (records, alerts))


class Reminders(ReactorTest):
    def test_fires_once(self):
        created = task()
        self.started.append(created)
        self.react(now=BEFORE)
        self.assertEqual(self.started.head(), 1, "nothing was due")
        said = self.react()
        self.assertIn("rule=reminder", said)
        (event,) = self.records()
        self.assertEqual(event["type"], "ReminderFired")
        self.assertEqual(event["stream"], "task/t-1")
        self.assertEqual(event["occurred"], REMIND_AT)
        self.assertEqual(event["causationId"], created["eventId"])
        self.assertEqual(event["source"], {"system": "reactor", "recordId": "reminder"})
        self.assertEqual(event["payload"], {"taskId": "t-1", "to": "rep-1", "due": REMIND_AT})
        (row,) = self.started.query(
            "agenda", "ahead", "--what", "reminder", "--now", "2026-03-10"
        ).table("ahead")
        self.assertTrue(row["fired"])
        self.assert_adds_nothing_more()
        self.assert_adds_nothing_more(now="2026-03-12T00:00:00Z")

    def test_a_reminder_that_was_moved_fires_again(self):
        created = task()
        self.started.append(created)
        self.react()
        later = "2026-03-10T11:30:00Z"
        payload = {**created["payload"], "remindAt": later}
        self.started.append(facts.correction(created, payload))
        self.react()
        self.assertEqual([one["due"] for one in self.payloads("reminder")], [REMIND_AT, later])
        self.assertEqual(
            {one["causationId"] for one in self.records()}, {created["eventId"]}
        )
        self.assert_adds_nothing_more()

    def test_one_that_was_taken_back_stays_so(self):
        self.started.append(task())
        self.react()
        (fired,) = self.records()
        self.started.append(facts.retraction(fired))
        self.assert_adds_nothing_more()

    def test_what_reminds_nobody(self):
        self.started.append(
            task("done"),
            of_task("TaskCompleted", "done"),
            task("cancelled"),
            of_task("TaskCancelled", "cancelled"),
            task("to come", remind_at="2026-03-10T12:00:01Z"),
            task("long ago", remind_at="2026-01-10T12:00:00Z"),
            task("nobody's", assignee=None),
            task("fired"),
            of_task("ReminderFired", "fired", due=REMIND_AT),
        )
        self.react()
        self.assertEqual(self.records(), [])
        self.started.append(of_task("TaskReassigned", "nobody's", toEmployee="rep-2"))
        self.react("--back", "90")
        self.assertEqual(
            sorted((one["taskId"], one["to"]) for one in self.payloads("reminder")),
            [("long ago", "rep-1"), ("nobody's", "rep-2")],
        )

    def test_by_the_clock_of_the_machine(self):
        now = datetime.datetime.now(datetime.UTC)
        for name, hours in (("past", -1), ("to come", 48)):
            at = now + datetime.timedelta(hours=hours)
            self.started.append(task(name, remind_at=at.isoformat(timespec="seconds")))
        self.react(now=None)
        self.assertEqual([one["taskId"] for one in self.payloads("reminder")], ["past"])

    def test_east_of_here_the_day_has_begun(self):
        due = "2026-03-11T01:00:00+14:00"
        self.started.append(task(remind_at=due))
        self.react()
        self.assertEqual([one["due"] for one in self.payloads("reminder")], [due])


class Visits(ReactorTest):
    def test_one_verdict_for_each_rule(self):
        late = visit("v-1", "10:00:00", "10:01:30", "2026-03-12T09:00:00Z")
        self.started.append(
            facts.client("c-1"),
            late,
            visit("v-2", "11:00:00", "11:20:00", "2026-03-09T12:00:00Z"),
        )
        self.react()
        found = {one["payload"]["rule"]: one for one in self.records()}
        self.assertEqual(set(found), {"too_short", "back_dated"})
        self.assertEqual(len(self.records()), 2)
        for rule, evidence in (
            ("too_short", "1.5 minutes, limit 3 minutes (default)"),
            ("back_dated", "71 hours, limit 24 hours (default)"),
        ):
            event = found[rule]
            self.assertEqual(
                event["payload"],
                {"visitId": "v-1", "verdict": "FLAGGED", "rule": rule, "evidence": evidence},
            )
            self.assertEqual(event["stream"], "visit/v-1")
            self.assertEqual(event["causationId"], late["eventId"])
            self.assertEqual(event["occurred"], late["occurred"])
            self.assertEqual(
                event["subjects"],
                [{"kind": "visit", "id": "v-1"}, {"kind": "client", "id": "c-1"}],
            )
        self.assert_adds_nothing_more()
        self.assert_adds_nothing_more(now="2026-03-12T00:00:00Z")

    def test_other_figures_are_no_other_flag(self):
        short = visit("v-1", "10:00:00", "10:01:30", "2026-03-09T12:00:00Z")
        self.started.append(facts.client("c-1"), short)
        self.react()
        payload = {**short["payload"], "ended": "2026-03-09T10:02:00Z"}
        self.started.append(facts.correction(short, payload))
        self.assert_adds_nothing_more()
        self.assertEqual(len(self.records()), 1)

    def test_a_visit_that_somebody_judged_is_left_alone(self):
        self.started.append(
            facts.client("c-1"),
            visit("v-1", "10:00:00", "10:01:30", "2026-03-09T12:00:00Z"),
            facts.event(
                "VisitVerdictRecorded",
                "visit/v-1",
                {"visitId": "v-1", "verdict": "VERIFIED"},
                subjects=[("visit", "v-1")],
            ),
        )
        self.react()
        self.assertEqual(self.records(), [])


class Duplicates(ReactorTest):
    def test_suspected_once(self):
        later = registered("c-2", "Same  name", "PLACE 1", number="8")
        self.started.append(registered("c-7", "Same name", "Place, 1"), later)
        self.react()
        (event,) = self.records()
        self.assertEqual(
            event["payload"], {"a": "c-2", "b": "c-7", "scoreBp": 9000, "rule": "name_address"}
        )
        self.assertEqual(event["stream"], "client/c-2")
        self.assertEqual(event["causationId"], later["eventId"])
        self.assertEqual(event["occurred"], "2026-03-10")
        self.assert_adds_nothing_more()
        self.assert_adds_nothing_more(now="2026-03-14T00:00:00Z")
        self.started.append(verdict("c-2", "c-7", False))
        self.assert_adds_nothing_more()

    def test_a_new_client_is_held_against_those_before(self):
        self.started.append(*(registered(f"c-{n}", f"Name {n}", "x", "77") for n in (1, 2)))
        self.react()
        self.started.append(verdict("c-1", "c-2", False))
        self.started.append(registered("c-3", "Name 3", "x", "77"))
        self.react()
        self.assertEqual(
            [(one["a"], one["b"], one["rule"]) for one in self.payloads("duplicate")],
            [(a, b, "external_id") for a, b in (("c-1", "c-2"), ("c-1", "c-3"), ("c-2", "c-3"))],
        )

    def test_what_is_judged_or_merged_is_not_suspected(self):
        self.started.append(
            *(registered(f"c-{n}", "One name", "One place") for n in range(4)),
            verdict("c-0", "c-1", False),
            facts.merge("c-2", "c-3"),
        )
        self.react()
        self.assertEqual(
            [(one["a"], one["b"]) for one in self.payloads("duplicate")],
            [("c-0", "c-2"), ("c-1", "c-2")],
        )

    def test_within_100_m(self):
        def at(client_id, name, longitude):
            event = facts.client(client_id, name)
            event["payload"]["geo"] = {"latE7": 0, "lonE7": longitude}
            return event

        near = at("c-2", "same", 8990)
        self.started.append(
            at("c-1", "Same", 0), near, at("c-3", "Same", -9100), at("c-4", "Other", 0)
        )
        self.react()
        (event,) = self.records()
        self.assertEqual(
            event["payload"], {"a": "c-1", "b": "c-2", "scoreBp": 8500, "rule": "name_near"}
        )
        self.assertEqual(event["causationId"], near["eventId"])
        self.assert_adds_nothing_more()


class Processes(ReactorTest):
    def test_an_empty_ledger_stays_empty(self):
        self.react()
        self.assertEqual(self.started.head(), 0)

    def test_a_projection_that_is_away(self):
        self.started.append(task(), facts.client("c-1"))
        self.started.stop("field-route")
        said = self.react(expect=UNAVAILABLE)
        self.assertEqual(
            set(re.findall(r"rule=(\w+) code", said)),
            {"visit_flag", "visit_doubtful", "route_left"},
        )
        self.assertEqual(len(self.records("reminder")), 1, "the other rules went on")

    def test_a_ledger_that_is_away(self):
        self.started.stop("ledgerd")
        self.react(expect=UNAVAILABLE)

    def test_goes_on_when_they_are_back(self):
        self.started.append(task())
        self.started.stop("agenda")
        self.started.stop("ledgerd")
        reactor = self.keep_reacting()
        wait_until(lambda: reactor.log.read_text().count('"round"') >= 2, "two rounds went by")
        self.assertEqual(reactor.log.read_text().count("does not work for now"), 1)
        self.started.start("ledgerd")
        wait_until(lambda: "rule=reminder" in reactor.log.read_text(), "agenda is missed")
        self.started.start("agenda")
        wait_until(self.records, "the reminder fires")
        log = reactor.log.read_text
        missed = log().count("does not work for now")
        wait_until(lambda: log().count("works again") == missed, "it says that all are back")
        self.started.append(task("t-2"))
        wait_until(lambda: len(self.records()) == 2, "the next one fires")
        pid_file = self.started.data / "run" / "reactor.pid"
        self.assertEqual(int(pid_file.read_text()), reactor.pid)
        self.assertEqual(reactor.end(signal.SIGTERM), 0)
        self.assertFalse(pid_file.exists())

    def test_a_killed_one_leaves_no_trace(self):
        self.started.append(task())
        reactor = self.keep_reacting()
        wait_until(self.records, "the reminder fires")
        reactor.end(signal.SIGKILL)
        self.assert_adds_nothing_more()

    def test_two_are_refused(self):
        reactor = self.keep_reacting()
        wait_until(lambda: '"ready"' in reactor.log.read_text(), "the first is ready")
        said = self.react(expect=LOCKED)
        self.assertIn("another reactor runs on this data directory", said)
        self.assertTrue(reactor.is_running())
        pid_file = self.started.data / "run" / "reactor.pid"
        self.assertEqual(int(pid_file.read_text()), reactor.pid)
        self.assertEqual(reactor.end(signal.SIGTERM), 0)
        self.react()

    def test_says_how_far_it_is(self):
        def row():
            (line,) = [
                one for one in self.started.ctl("status").stdout.splitlines() if "reactor" in one
            ][:1]
            return line.split()

        self.assertEqual(row()[:3], ["reactor", "not", "running"])
        self.assertEqual(self.started.ctl("status", "reactor", expect=UNAVAILABLE).stdout, "")
        self.started.append(task())
        self.keep_reacting()

        def looked():
            status = self.started.status("reactor", check=False)
            found = status and status["reactor"]
            return found if found and int(found.get("position", 0)) == 2 else None

        found = wait_until(looked, "it has looked at its own fact")
        self.assertEqual((int(found["added"]), found["lookedAt"]), (1, micros(NOW)))
        self.assertNotIn("problem", found)
        self.assertEqual(row()[:4], ["reactor", "running", "2", "0"])
        document = self.started.ctl("status", "--json").json
        self.assertEqual(document["reactor"]["reactor"]["added"], "1")
        self.assertNotIn("reactor", [one["service"] for one in document["projections"]])
        self.started.stop("trade")

        def problem():
            return self.started.status("reactor")["reactor"].get("problem")

        self.assertIn("trade", wait_until(problem, "it says what it cannot ask"))
        self.assertIn("in part", self.started.ctl("status").stdout)

    def test_settings(self):
        for status, *arguments in (
            (CONFIG, "--now", "2026-03-10"),
            (CONFIG, "--log-level", "loud"),
            (USAGE, "--every", "0"),
            (USAGE, "--back", "366"),
            (USAGE, "word"),
        ):
            with self.subTest(arguments=arguments):
                command = self.command("--once", *arguments)
                done = subprocess.run(command, capture_output=True, timeout=60)
                self.assertEqual(done.returncode, status, done.stderr)


if __name__ == "__main__":
    main()
