"""Prints what CTest's JUnit file says: reasons of skips, the table of faults, then
"N passed, N failed, N skipped".

A test of faults prints a line for each row:
  faults: NAME acknowledged=N cuts=N lost=N [expected=lost]
"""

import re
import sys
import xml.etree.ElementTree

FAULTS = re.compile(
    r"faults: (?P<name>.+) acknowledged=(?P<acknowledged>\d+) cuts=(?P<cuts>\d+)"
    r" lost=(?P<lost>\d+)(?P<expected> expected=lost)?$"
)


def main(path):
    try:
        cases = xml.etree.ElementTree.parse(path).getroot().findall("testcase")
    except (OSError, xml.etree.ElementTree.ParseError) as problem:
        print(f"no test results: {problem}", file=sys.stderr)
        cases = []
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for case in cases:
        result = result_of(case)
        counts[result] += 1
        for reason in reasons_of(case, result):
            print(f"skipped: {case.get('name')}: {reason}")
    failed = [case.get("name") for case in cases if result_of(case) == "failed"]
    for name in failed:
        print(f"failed: {name}")
    print_faults([row for case in cases for row in faults_of(case)])
    print(", ".join(f"{number} {result}" for result, number in counts.items()))
    return 0 if cases and not failed else 1


def result_of(case):
    if case.find("skipped") is not None or case.get("status") == "disabled":
        return "skipped"
    return "passed" if case.get("status") == "run" else "failed"


def lines_of(case):
    return [line.strip() for line in (case.findtext("system-out") or "").splitlines()]


def reasons_of(case, result):
    """A test that passed may still have left a part of itself out."""
    lines = [line for line in lines_of(case) if line.startswith("SKIP:")]
    reasons = [line.removeprefix("SKIP:").strip() for line in lines]
    return reasons or (["it does not say why"] if result == "skipped" else [])


def faults_of(case):
    # Another line may stand before it: what unittest says of the test goes to the same place.
    return [found.groupdict() for found in map(FAULTS.search, lines_of(case)) if found]


def print_faults(rows):
    if not rows:
        return
    width = max(len(row["name"]) for row in rows)
    print(f"\n{'fault':<{width}}  {'cuts':>7}  {'acknowledged':>12}  {'lost':>7}")
    for row in sorted(rows, key=lambda row: (bool(row["expected"]), row["name"])):
        note = "  (it must: syncs are off)" if row["expected"] else ""
        print(
            f"{row['name']:<{width}}  {row['cuts']:>7}  {row['acknowledged']:>12}"
            f"  {row['lost']:>7}{note}"
        )
    sure = [row for row in rows if not row["expected"]]
    total = {name: sum(int(row[name]) for row in sure) for name in ("cuts", "acknowledged", "lost")}
    print(
        f"{'together':<{width}}  {total['cuts']:>7}  {total['acknowledged']:>12}"
        f"  {total['lost']:>7}\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
