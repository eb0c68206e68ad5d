#!/usr/bin/env python3
"""Compares results of the conformance probes, with each other and with what is documented.

    compare.py compare A B     row by row; exit status 1 if a difference is unexplained
    compare.py judge A         against expected.json; exit status 1 if a row contradicts it
    compare.py lint A          every entry of expected.json concerns a row of A

A result is a file, or a folder with the shares of one.

expected.json is a list of entries. Each names rows (patterns, `*` stands for anything), the source, the profile and
for some observations the values that are allowed, one or a list, "*" for any:

    {"rows": ["2.10/nullTo"], "source": "2.10 [TEST]", "profile": "observed", "result": {"code": "cudaErrorInvalidValue"}}

An entry that allows any outcome says that the row is undefined: whatever happens, a crash included, is explained by it.

`doc` entries are what the documentation promises, `observed` entries what tests encode for hardware or what was
reported of it; where both have something to say the runtime must satisfy both. A row without an entry is open: no
source settles it.

Two results may differ in a row where a profile allows both values, or where one follows `observed` and the other is
still within `doc`. Any other difference is unexplained.
"""

import argparse
import fnmatch
import json
import pathlib
import sys

PROFILES = ("doc", "observed")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def load_result(path):
    path = pathlib.Path(path)
    shares = [load(file) for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    if not shares:
        sys.exit(f"compare.py: {path}: no results")
    return {"header": shares[0]["header"], "rows": [row for share in shares for row in share["rows"]]}


class Expectations:
    """The entries of expected.json, by row."""

    def __init__(self, path):
        self.entries = load(path)
        for entry in self.entries:
            if entry["profile"] not in PROFILES:
                sys.exit(f"compare.py: {path}: no profile '{entry['profile']}'")

    def of(self, row):
        return [e for e in self.entries if any(fnmatch.fnmatchcase(row, pattern) for pattern in e["rows"])]

    def on(self, row, key, profile=None):
        """The entries that speak of one observation of a row."""
        return [e for e in self.of(row) if key in e["result"] and profile in (None, e["profile"])]


def allows(entry, key, value):
    allowed = entry["result"][key]
    allowed = allowed if isinstance(allowed, list) else [allowed]
    return "*" in allowed or value in allowed


def observations(row):
    """What is compared: how the probe ended and what it observed. Logs are for people."""
    return {"outcome": row["outcome"], **row["result"]}


def is_missing(row):
    """Why a row has no outcome, or None."""
    if row["outcome"] in ("skipped", "unavailable"):
        return row["result"]["reason"]
    if row["result"].get("code") == "cudaErrorNotSupported":
        return "the call gives cudaErrorNotSupported"
    return None


def shown(values):
    return ", ".join(f"{key} {value}" for key, value in values.items())


def explain(expectations, row, key, first, second):
    """The profile and the source that explain a difference in one observation, or None."""
    for entry in expectations.on(row, "outcome", "doc"):
        if entry["result"]["outcome"] == "*":
            return f"doc, {entry['source']}: {entry['why']}"
    for profile in PROFILES:
        entries = expectations.on(row, key, profile)
        if entries and all(allows(e, key, first) and allows(e, key, second) for e in entries):
            return f"{profile}, {entries[0]['source']}"
    doc = expectations.on(row, key, "doc")
    observed = expectations.on(row, key, "observed")
    if doc and observed and all(allows(e, key, v) for e in doc for v in (first, second)):
        for name, value in (("the first", first), ("the second", second)):
            if all(allows(e, key, value) for e in observed):
                return f"{name} is as observed, {observed[0]['source']}; both are within doc, {doc[0]['source']}"
    return None


def describe(header):
    return ", ".join(str(header[key]) for key in ("device", "state", "library", "runtime", "driver") if key in header)


def print_missing(word, reasons):
    """Rows without an outcome, by the reason."""
    for reason, rows in reasons.items():
        some = ", ".join(rows[:3]) + (", ..." if len(rows) > 3 else "")
        print(f"{word}  {len(rows)} rows: {reason}: {some}")


def compare(first, second, expectations):
    print(f"A: {describe(first['header'])}\nB: {describe(second['header'])}")
    others = {row["id"]: row for row in second["rows"]}
    same, explained, unexplained, missing = 0, 0, 0, {}
    for row in first["rows"]:
        other = others.pop(row["id"], None)
        reason = is_missing(row) or (is_missing(other) if other else "B does not have the row")
        if reason and (other is None or observations(row) != observations(other)):
            missing.setdefault(reason, []).append(row["id"])
            continue
        a, b = observations(row), observations(other)
        differences = {key: (a.get(key), b.get(key)) for key in {**a, **b} if a.get(key) != b.get(key)}
        reasons = {key: explain(expectations, row["id"], key, *pair) for key, pair in differences.items()}
        if not differences:
            same += 1
        elif all(reasons.values()):
            explained += 1
            for key, (left, right) in differences.items():
                print(f"explained    {row['id']}: {key} {left} / {right} ({reasons[key]})")
        else:
            unexplained += 1
            print(f"unexplained  {row['id']}: A {shown(a)} / B {shown(b)}")
    if others:
        missing["A does not have the row"] = list(others)
    print_missing("missing    ", missing)
    count = sum(map(len, missing.values()))
    print(f"{same} same, {explained} explained, {count} missing, {unexplained} unexplained")
    return 1 if unexplained else 0


def judge(result, expectations):
    """Each row that has an entry is a test; the last line counts them."""
    passed, failed, skipped, open_rows, ended = 0, 0, {}, 0, []
    for row in result["rows"]:
        entries = [e for e in expectations.of(row["id"]) if any(v != "*" for v in e["result"].values())]
        seen, reason = observations(row), is_missing(row)
        if not entries:
            open_rows += 1
            if row["outcome"] == "ended":
                ended.append(f"{row['id']} ({row['result']['ending']})")
            continue
        if reason:
            skipped.setdefault(reason, []).append(row["id"])
            continue
        wrong = [(e, k) for e in entries for k in e["result"] if not allows(e, k, seen.get(k))]
        if wrong:
            failed += 1
            print(f"FAILED   {row['id']} ({row['what']}): {shown(seen)}")
            for entry, key in wrong:
                print(f"         {key} should be {entry['result'][key]}: {entry['profile']}, {entry['source']}")
        else:
            passed += 1
    print_missing("skipped", skipped)
    print(f"{open_rows} rows are open: no source settles them")
    if ended:
        print(f"of these the process ended in {', '.join(ended)}")
    print(f"{passed} passed, {failed} failed, {sum(map(len, skipped.values()))} skipped")
    return 1 if failed else 0


def lint(result, expectations):
    names = [row["id"] for row in result["rows"]]
    stale = [p for e in expectations.entries for p in e["rows"] if not fnmatch.filter(names, p)]
    for pattern in stale:
        print(f"compare.py: expected.json: no row is named {pattern}", file=sys.stderr)
    return 1 if stale else 0


def main():
    parser = argparse.ArgumentParser(description="compares results of the conformance probes")
    parser.add_argument("--expected", default=pathlib.Path(__file__).parent / "expected.json")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("compare").add_argument("results", nargs=2)
    commands.add_parser("judge").add_argument("results", nargs=1)
    commands.add_parser("lint").add_argument("results", nargs=1)
    arguments = parser.parse_args()
    action = {"compare": compare, "judge": judge, "lint": lint}[arguments.command]
    sys.exit(action(*map(load_result, arguments.results), Expectations(arguments.expected)))


if __name__ == "__main__":
    main()
