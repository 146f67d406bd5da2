#!/usr/bin/env python3
"""Tests the gate: a limit below the figure must stop it, one far above must not, and it must say what is to be done.

Measures for real, so it needs what gate.py builds.
"""

import contextlib
import io
import json
import os
import tempfile
import unittest

import gate

WORKLOAD = "wire-encode"
ALLOCATING = "session-client"


class GateTests(unittest.TestCase):
    def setUp(self):
        with open(gate.THRESHOLDS, encoding="utf-8") as file:
            self.thresholds = json.load(file)

    def run_gate(self, *names):
        """Runs the gate with the thresholds as they are here; returns its exit code and what it said."""
        said = io.StringIO()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "thresholds.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(self.thresholds, file)
            arguments = ["--no-build", "--thresholds", path]
            for name in names:
                arguments += ["--only", name]
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                code = gate.main(arguments)
        return code, said.getvalue()

    def test_passes_and_hints_at_limits_far_above(self):
        self.thresholds["workloads"][WORKLOAD]["instructions"] *= 3
        code, said = self.run_gate(WORKLOAD)
        self.assertEqual(code, 0, said)
        self.assertIn(f"hint: {WORKLOAD}", said)
        self.assertIn("far below the limit", said)

    def test_fails_for_one_instruction_too_many(self):
        _, said = self.run_gate(WORKLOAD)
        measured = int(said.split(" instructions")[0].split()[-1].replace(",", ""))
        self.thresholds["workloads"][WORKLOAD]["instructions"] = measured - 2
        code, said = self.run_gate(WORKLOAD)
        self.assertEqual(code, 1, said)
        self.assertIn(f"{WORKLOAD}: {measured:,} instructions a request, the limit is {measured - 2:,}", said)
        self.assertIn("--update --only", said)
        self.assertIn("callgrind_annotate", said)

    def test_fails_for_an_allocation_too_many(self):
        limits = self.thresholds["workloads"][ALLOCATING]
        self.assertGreaterEqual(limits["allocations"], 1)
        limits["allocations"] -= 1
        code, said = self.run_gate(ALLOCATING)
        self.assertEqual(code, 1, said)
        self.assertIn(f"{ALLOCATING}: {limits['allocations'] + 1:.0f} allocations a request", said)

    def test_fails_without_a_limit(self):
        del self.thresholds["workloads"][WORKLOAD]["instructions"]
        code, said = self.run_gate(WORKLOAD)
        self.assertEqual(code, 1, said)
        self.assertIn(f"{WORKLOAD}: instructions have no limit", said)

    def test_names_that_are_not_measured(self):
        with self.assertRaisesRegex(gate.GateError, "no-such-thing"):
            self.run_gate("no-such-thing")

    def test_limits_of_what_is_gone(self):
        report = gate.Report({"workloads": {"gone": {}}, "broker_loop_allocations": {"away": 0}})
        report.unknown([], {})
        self.assertEqual(len(report.failures), 2)

    def test_allocations_on_the_loop(self):
        report = gate.Report({"broker_loop_allocations": {"quiet": 0, "loud": 0, "kept": 3.0, "grown": 3.0}})
        with contextlib.redirect_stdout(io.StringIO()):
            for name, measured in (("quiet", 0.0002), ("loud", 0.01), ("kept", 3.0), ("grown", 3.1)):
                report.scenario(name, measured)
        self.assertEqual([failure.split(":")[0] for failure in report.failures], ["loud", "grown"])

    def test_thresholds_that_are_no_json(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write("{")
            file.flush()
            with self.assertRaisesRegex(gate.GateError, "is no JSON"):
                gate.read_thresholds(file.name)


if __name__ == "__main__":
    unittest.main()
