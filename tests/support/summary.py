"""Prints what CTest's JUnit file says: reasons of skips, then "N passed, N failed, N skipped"."""

import sys
import xml.etree.ElementTree


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
    print(", ".join(f"{number} {result}" for result, number in counts.items()))
    return 0 if cases and not failed else 1


def result_of(case):
    if case.find("skipped") is not None or case.get("status") == "disabled":
        return "skipped"
    return "passed" if case.get("status") == "run" else "failed"


def reasons_of(case, result):
    """A test that passed may still have left a part of itself out."""
    output = case.findtext("system-out") or ""
    lines = [line.strip() for line in output.splitlines()]
    reasons = [line.removeprefix("SKIP:").strip() for line in lines if line.startswith("SKIP:")]
    return reasons or (["it does not say why"] if result == "skipped" else [])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
