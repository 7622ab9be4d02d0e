"""ledger-reactor: a source that falls silent is told of, once for each silence."""

import datetime
import signal

import facts
from fieldledger import BIN, Process, main, new_id, wait_until
from test_reactor import ReactorTest


def of_import(type_, payload, source=None):
    """What an import writes of itself; of a source that only the envelope names, if at all."""
    batch_id = new_id()
    named = {"source": {"system": source, "recordId": batch_id}} if source else {}
    if type_ != "SourceGapDetected":
        payload = {"batchId": batch_id, **payload}
    return facts.event(type_, f"import/{batch_id}", payload, **named)


def batch(stated, source=None):
    counts = {"rows": 1, "accepted": 0, "duplicate": 1, "rejected": 0}
    return of_import("ImportBatchRecorded", {"source": stated, **counts}, source)


class SilentSources(ReactorTest):
    """The days go by for ledgerd: when a source was last heard of is when that was recorded."""

    def at_day(self, number):
        """ledgerd's clock shows that day; the sixteenth is today."""
        self.started.stop("ledgerd")
        command = ["env", f"PAST_DAYS={16 - number}", BIN / "ledgerd-past"]
        command += ["--data", self.started.data]
        log = self.started.folder / f"ledgerd-{number}.log"
        self.started.processes["ledgerd"] = Process("ledgerd", command, log)
        self.started.wait_ready("ledgerd")
        self.started.wait_followed()

    def told(self, *systems):
        """A fact of each, and one of nobody, recorded together; and the day on which."""
        told = [
            facts.visit(f"v-{system}", "c-1", source={"system": system, "recordId": "1"})
            for system in systems
        ]
        self.started.append(*told, facts.visit("v-1", "c-1"))
        return *told, self.last_day()

    def last_day(self):
        """On which something was recorded."""
        recorded = self.started.read()[-1]["recordedAt"]
        return datetime.date.fromisoformat(recorded[: len("2024-03-05")])

    def said(self, source, last, due):
        payload = {"code": "source_silent", "kind": "source", "id": source, "due": str(due)}
        return {**payload, "causeEventIds": [last["eventId"]]}

    def payloads_of_alerts(self):
        return sorted((one["payload"] for one in self.alerts()), key=lambda one: one["id"])

    def test_told_of_once_for_each_silence_whatever_is_restarted(self):
        self.at_day(0)
        self.told("crm")
        crm, erp, day = self.told("crm", "erp")
        eighth = day + datetime.timedelta(8)
        self.at_day(8)
        self.react(now=f"{day + datetime.timedelta(7)}T23:59:59Z")
        self.assertEqual(self.alerts(), [], "seven days have gone by, not more")

        reactor = self.keep_reacting(now=f"{eighth}T00:00:00Z")
        wait_until(lambda: len(self.alerts()) >= 2, "both are told of")
        reactor.end(signal.SIGKILL)
        both = [self.said("crm", crm, eighth), self.said("erp", erp, eighth)]
        self.assertEqual(self.payloads_of_alerts(), both)
        for event in self.alerts():
            self.assertEqual(event["stream"], "alert/source_silent")
            self.assertEqual(event["occurred"], str(eighth))
            self.assertEqual([event["causationId"]], event["payload"]["causeEventIds"])
        again = self.keep_reacting("reactor-again", now=f"{eighth}T00:00:00Z")
        wait_until(lambda: again.log.read_text().count('"round"') >= 2, "two rounds went by")
        self.assertEqual(again.end(signal.SIGTERM), 0)
        self.assertEqual(self.payloads_of_alerts(), both)
        self.assert_adds_nothing_more(now=f"{eighth}T12:00:00Z")

        heard, day = self.told("crm")
        self.react(now=f"{day}T23:59:59Z")
        self.at_day(16)
        last = day + datetime.timedelta(8)
        self.react(now=f"{last - datetime.timedelta(1)}T23:59:59Z")
        self.assertEqual(self.payloads_of_alerts(), both, "it was heard of, and the other was not")
        self.react(now=f"{last}T00:00:00Z")
        crm_again = self.said("crm", heard, last)
        self.assertEqual(self.payloads_of_alerts(), [both[0], crm_again, both[1]])
        self.assert_adds_nothing_more(now=f"{last}T12:00:00Z")

    def test_its_last_fact_may_be_of_any_type_or_taken_back(self):
        self.at_day(0)
        wrong, _ = self.told("crm")
        self.started.append(facts.retraction(wrong))
        source = {"system": "erp", "recordId": "1"}
        other = facts.event("ext.erp.stocktaking", "stocktaking/1", {"counted": 1}, source=source)
        self.started.append(other)
        eighth = self.last_day() + datetime.timedelta(8)
        self.at_day(16)
        self.react(now=f"{eighth}T00:00:00Z")
        causes = {one["id"]: one["causeEventIds"] for one in self.payloads_of_alerts()}
        self.assertEqual(causes, {"crm": [wrong["eventId"]], "erp": [other["eventId"]]})

    def test_one_heard_of_by_a_batch_alone_is_told_of_again(self):
        self.at_day(0)
        fact, day = self.told("crm")
        eighth = day + datetime.timedelta(8)
        self.at_day(8)
        self.react(now=f"{eighth}T00:00:00Z")
        first = self.said("crm", fact, eighth)
        self.assertEqual(self.payloads_of_alerts(), [first])

        heard = batch("crm", "crm")
        self.started.append(batch("crm", "crm"), heard)
        last = self.last_day() + datetime.timedelta(8)
        self.at_day(16)
        self.react(now=f"{last - datetime.timedelta(1)}T23:59:59Z")
        self.assertEqual(self.payloads_of_alerts(), [first], "a batch is heard of")
        self.react(now=f"{last}T00:00:00Z")
        self.assertEqual(self.payloads_of_alerts(), [first, self.said("crm", heard, last)])
        self.assert_adds_nothing_more(now=f"{last}T12:00:00Z")

    def test_one_of_which_no_fact_came_is_told_of(self):
        """Its batches raise the alert too, also where only the payload names it; a gap that others
        found does not."""
        misnamed = batch("wsm")
        heard = {
            "batches": batch("batches", "batches"),
            "gaps": of_import("SourceGapDetected", {"source": "gaps", "entity": "o"}, "gaps"),
            "rejections": of_import("RecordRejected", {"row": 2, "code": "bad"}, "rejections"),
            "stated": batch("stated"),
            "taken back": batch("taken back", "taken back"),
            "wms": misnamed,
        }
        self.at_day(0)
        self.started.append(*heard.values())
        self.started.append(
            facts.retraction(heard["taken back"]),
            facts.correction(misnamed, {**misnamed["payload"], "source": "wms"}),
            of_import("SourceGapDetected", {"source": "never", "entity": "o"}),
        )
        day = self.last_day()
        eighth = day + datetime.timedelta(8)
        self.at_day(16)
        self.react(now=f"{eighth}T00:00:00Z")
        expected = [self.said(source, event, eighth) for source, event in heard.items()]
        self.assertEqual(self.payloads_of_alerts(), expected)
        asked = self.started.ctl("alerts", "--all", "--json", "--now", str(eighth)).json["alerts"]
        (found,) = [one for one in asked if one["alert"] == "source_silent"]
        days = {one["id"]: (one["day"] or "never")[: len("2024-03-05")] for one in found["list"]}
        self.assertEqual(days, {**dict.fromkeys(heard, str(day)), "never": "never"})

    def test_one_that_fell_silent_too_long_ago_is_left(self):
        self.at_day(0)
        *_, day = self.told("crm")
        self.at_day(16)
        now = f"{day + datetime.timedelta(11)}T00:00:00Z"
        self.react("--back", "2", now=now)
        self.assertEqual(self.alerts(), [])
        self.react("--back", "3", now=now)
        self.assertEqual([one["id"] for one in self.payloads_of_alerts()], ["crm"])


if __name__ == "__main__":
    main()
