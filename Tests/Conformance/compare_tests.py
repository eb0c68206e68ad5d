#!/usr/bin/env python3
"""Tests of compare.py. The last line counts them: N passed, N failed."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import compare  # noqa: E402  (after the setting)

ENTRIES = [
    {"rows": ["a/*"], "source": "1 [DOC]", "profile": "doc", "result": {"call": ["held", "released"]}},
    {"rows": ["a/*"], "source": "1 [TEST]", "profile": "observed", "result": {"call": "released"}},
    {"rows": ["b"], "source": "2 [DOC]", "profile": "doc", "result": {"code": "good"}},
    {"rows": ["c"], "source": "3 [DOC]", "profile": "doc", "why": "undefined", "result": {"outcome": "*"}},
]


def result(*rows):
    """A result from (id, outcome, observations)."""
    return {
        "header": {"device": "none"},
        "rows": [{"id": i, "section": "", "what": "", "outcome": o, "result": r} for i, o, r in rows],
    }


class Comparing(unittest.TestCase):
    def setUp(self):
        file = tempfile.NamedTemporaryFile("w", suffix=".json")
        self.addCleanup(file.close)
        json.dump(ENTRIES, file)
        file.flush()
        self.expectations = compare.Expectations(pathlib.Path(file.name))

    def call(self, function, *arguments):
        """The exit status of a command, and what it printed last."""
        with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(output):
            status = function(*arguments, self.expectations)
        return status, (output.getvalue().splitlines() or [""])[-1]

    def compared(self, first, second):
        return self.call(compare.compare, result(first), result(second))

    def judged(self, row):
        return self.call(compare.judge, result(row))

    def test_equal_rows_are_the_same(self):
        row = ("x", "ran", {"code": "good"})
        self.assertEqual(self.compared(row, row), (0, "1 same, 0 explained, 0 missing, 0 unexplained"))

    def test_a_difference_within_a_profile_is_explained(self):
        outcome = self.compared(("a/1", "ran", {"call": "held"}), ("a/1", "ran", {"call": "released"}))
        self.assertEqual(outcome, (0, "0 same, 1 explained, 0 missing, 0 unexplained"))

    def test_a_value_outside_every_profile_is_unexplained(self):
        outcome = self.compared(("a/1", "ran", {"call": "lost"}), ("a/1", "ran", {"call": "released"}))
        self.assertEqual(outcome, (1, "0 same, 0 explained, 0 missing, 1 unexplained"))

    def test_a_difference_in_an_open_row_is_unexplained(self):
        outcome = self.compared(("x", "ran", {"code": "good"}), ("x", "ran", {"code": "bad"}))
        self.assertEqual(outcome[0], 1)

    def test_one_unexplained_observation_is_enough(self):
        outcome = self.compared(
            ("a/1", "ran", {"call": "held", "code": "good"}), ("a/1", "ran", {"call": "released", "code": "bad"})
        )
        self.assertEqual(outcome[0], 1)

    def test_an_undefined_row_may_crash(self):
        outcome = self.compared(("c", "ran", {"code": "good"}), ("c", "ended", {"ending": "SIGSEGV"}))
        self.assertEqual(outcome, (0, "0 same, 1 explained, 0 missing, 0 unexplained"))

    def test_a_crash_elsewhere_is_unexplained(self):
        outcome = self.compared(("b", "ran", {"code": "good"}), ("b", "ended", {"ending": "SIGSEGV"}))
        self.assertEqual(outcome[0], 1)

    def test_rows_without_an_outcome_are_missing(self):
        for second in ("b", "skipped", {"reason": "why"}), ("x", "ran", {"code": "good"}):
            status, last = self.compared(("b", "ran", {"code": "good"}), second)
            self.assertEqual((status, " 0 same" in last, "0 unexplained" in last), (0, False, True))

    def test_a_row_is_judged_by_all_its_entries(self):
        self.assertEqual(self.judged(("a/1", "ran", {"call": "released"})), (0, "1 passed, 0 failed, 0 skipped"))
        self.assertEqual(self.judged(("a/1", "ran", {"call": "held"})), (1, "0 passed, 1 failed, 0 skipped"))

    def test_an_observation_that_is_not_there_fails(self):
        self.assertEqual(self.judged(("b", "ended", {"ending": "SIGSEGV"})), (1, "0 passed, 1 failed, 0 skipped"))

    def test_what_the_runtime_does_not_support_is_skipped(self):
        row = ("b", "ran", {"code": "cudaErrorNotSupported"})
        self.assertEqual(self.judged(row), (0, "0 passed, 0 failed, 1 skipped"))

    def test_open_and_undefined_rows_are_not_judged(self):
        for row in ("x", "ran", {"code": "bad"}), ("c", "ended", {"ending": "SIGSEGV"}):
            self.assertEqual(self.judged(row), (0, "0 passed, 0 failed, 0 skipped"))

    def test_an_entry_without_rows_is_stale(self):
        rows = [("a/1", "ran", {}), ("b", "ran", {})]
        self.assertEqual(self.call(compare.lint, result(*rows))[0], 1)
        self.assertEqual(self.call(compare.lint, result(*rows, ("c", "ran", {})))[0], 0)


if __name__ == "__main__":
    outcome = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(Comparing))
    failed = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
