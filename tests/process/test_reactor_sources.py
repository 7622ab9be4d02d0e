"""ledger-reactor: a source that falls silent is told of, once for each silence."""

import datetime
import signal

import facts
from fieldledger import BIN, Process, main, wait_until
from test_reactor import ReactorTest


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
