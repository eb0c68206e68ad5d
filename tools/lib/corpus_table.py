"""Prints what the check made of the corpus, and fails if that is not what the labels say.

    corpus_table.py JUDGEMENTS RULES

JUDGEMENTS is what the tests wrote (`Corpus.Judgement`): a line of JSON for each case and profile. RULES is the list that
`cutape rules` prints. The exit status is 1 if a finding was missed or is false.

A case counts in the row of its rule: a positive one in that of each finding, any other in that of its label.
"""

import collections
import json
import sys

PROFILES = ("doc", "observed")
LABELS = ("positive", "fixed", "near miss", "not judged")
OUTCOMES = ("right", "missed", "wrong")
NO_RULE = "-"


def count(judgements):
    """Counts by rule: cases by label, findings by profile and outcome."""
    table = collections.defaultdict(collections.Counter)
    for judgement in judgements:
        profile, label, rule = judgement["profile"], judgement["label"], judgement.get("rule") or NO_RULE
        for outcome in OUTCOMES:
            for code in judgement[outcome]:
                table[code][profile, outcome] += 1
        if profile != PROFILES[0]:
            continue
        for code in set(judgement["right"] + judgement["missed"]):
            table[code]["positive"] += 1
        if label not in ("positive", "clean"):
            table[rule][label] += 1
        elif label == "clean":
            table[NO_RULE]["near miss"] += 1
    return table


def ratio(part, whole):
    return 100 * part / whole if whole else 100


def main():
    judgements = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    names = {}
    for line in open(sys.argv[2], encoding="utf-8"):
        code, _, name = line.split()[:3]
        names[code] = name
    names[NO_RULE] = "(ordinary programs)"
    table = count(judgements)
    head = f"{'rule':<37}{'posit':>6}{'fixed':>6}{'near':>6}{'n/j':>5}"
    print(f"{'':<37}{'cases':<23}" + "".join(f"  | {profile:<20}" for profile in PROFILES))
    print(head + f"  | {'found':>6}{'missed':>7}{'false':>7}" * len(PROFILES))
    totals = collections.Counter()
    for code in sorted(table):
        counts = table[code]
        totals.update(counts)
        print(row(f"{code:<6}{names.get(code, '')}", counts))
    print(row("all", totals))
    seen = {(judgement["form"], judgement["name"]) for judgement in judgements}
    traces = sum(form == "trace" for form, _ in seen)
    print(f"\n{traces} traces, {len(seen) - traces} programs; n/j: not judged, because something is missing")
    failed = False
    for profile in PROFILES:
        right, missed, wrong = (totals[profile, outcome] for outcome in OUTCOMES)
        print(f"{profile}: recall {ratio(right, right + missed):.1f} %, precision {ratio(right, right + wrong):.1f} %")
        failed |= missed + wrong > 0
    for judgement in judgements:
        for outcome in OUTCOMES[1:]:
            for code in judgement[outcome]:
                print(f"{outcome}: {code} in {judgement['form']} '{judgement['name']}', profile {judgement['profile']}")
    return 1 if failed or not judgements else 0


def row(title, counts):
    cells = "".join(f"{counts[label]:>{width}}" for label, width in zip(LABELS, (6, 6, 6, 5)))
    for profile in PROFILES:
        cells += f"  | {counts[profile, 'right']:>6}{counts[profile, 'missed']:>7}{counts[profile, 'wrong']:>7}"
    return f"{title:<37}{cells}"


if __name__ == "__main__":
    sys.exit(main())
