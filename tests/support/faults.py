"""What the tests of faults have in common."""

import os

from fieldledger import ProcessTest
from writer import check_ledger, count_acknowledged

SEED = int(os.environ.get("FIELDLEDGER_SEED", "20130801"))


class Tally:
    """A row of the table of faults that tools/check ends with (summary.py reads these lines)."""

    def __init__(self, name, expects_loss=False):
        self.name, self.expects_loss = name, expects_loss
        self.acknowledged = self.cuts = 0
        self.lost = set()

    def cut(self):
        self.cuts += 1

    def count(self, sent, lost):
        """After each fault; `sent` is everything since the beginning."""
        self.acknowledged = count_acknowledged(sent)
        self.lost.update(lost)

    def print(self):
        note = " expected=lost" if self.expects_loss else ""
        print(
            f"faults: {self.name} acknowledged={self.acknowledged} cuts={self.cuts}"
            f" lost={len(self.lost)}{note}",
            flush=True,
        )


class FaultTest(ProcessTest):
    """One with rows in the table of faults."""

    def tally(self, name, expects_loss=False):
        tally = Tally(name, expects_loss)
        self.addCleanup(tally.print)
        return tally

    def check(self, ledger, sent, tally):
        return check_ledger(self, ledger, sent, tally)
