#!/usr/bin/env python3
"""Counts instructions and heap allocations per request, and fails where there are more than Benchmarks/thresholds.json
allows. Nothing is timed: a busy machine gets the same counts.

Usage: gate.py [--update] [--only NAME]... [--thresholds FILE] [--no-build] [--keep FOLDER]

  --update      writes what was measured into the thresholds: instructions with a tenth to spare, allocations exactly,
                but for those of the broker where there are any, with a quarter
  --only        these workloads and scenarios alone, any number of times
  --thresholds  another file of thresholds
  --no-build    takes the programs as they are
  --keep        leaves callgrind's files there, for callgrind_annotate
"""

import argparse
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import bench_build
from bench_build import BENCH, COUNTER

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
THRESHOLDS = os.path.join(ROOT, "Benchmarks", "thresholds.json")
PROGRAMS = os.path.join(ROOT, ".build", "release")

# What a limit leaves above what was measured, for other releases of the C library, libzmq and the compiler.
SPARE = 1.10
# The same for allocations of the broker where there are any: they depend on how far its services keep up.
LOOP_SPARE = 1.25
# Below this share of its limit a figure has got so much better that the limit no longer holds it.
FAR_BELOW = 0.80
# Allocations a request that are none: the broker's heartbeats take some now and then, whatever it serves.
NONE = 0.001
LOOP = "broker-loop"

ABOUT = (
    "Upper limits of what a request may cost; scripts/gate.py holds them. Instructions are counted by valgrind, "
    "allocations are calls of malloc and its like. To renew them: scripts/gate.py --update"
)


class GateError(Exception):
    """The gate cannot be run."""


class Workload:
    """A fixed piece of work of `augury-bench gate`, and what it cost."""

    def __init__(self, line):
        name, short, long, self.unit = line.split("\t")
        self.name, self.counts = name, (int(short), int(long))
        self.instructions = self.allocations = None

    def measure(self, bench, folder):
        """Two runs that differ in the number of passes alone: what start and end cost falls away."""
        runs = [self.run(bench, folder, count) for count in self.counts]
        more = self.counts[1] - self.counts[0]
        self.instructions = (runs[1][0] - runs[0][0]) / more
        self.allocations = (runs[1][1] - runs[0][1]) / more

    def run(self, bench, folder, count):
        profile = os.path.join(folder, f"callgrind.{self.name}.{count}")
        counts = os.path.join(folder, f"allocations.{self.name}.{count}")
        # Nothing of the caller's environment: it would move the stack, and with it what depends on alignment. Hashes
        # have a seed of their own in every process, unless they are told not to.
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "SWIFT_DETERMINISTIC_HASHING": "1",
            "LD_PRELOAD": COUNTER, "COUNT_ALLOCATIONS": counts,
        }
        command = [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}",
            bench, "gate", self.name, "--count", str(count),
        ]
        result = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
        found = re.search(r"Collected : (\d+)", result.stderr)
        if result.returncode != 0 or not found:
            raise GateError(f"{self.name} did not run under valgrind:\n{result.stdout}{result.stderr}")
        with open(counts, "rb") as file:
            table = file.read()
        return int(found[1]), sum(count for _, count in struct.iter_unpack("<QQ", table))


def build():
    """Brings the programs up to date; silent unless it fails."""
    bench_build.run("swift", "build", "-c", "release", "--product", "broker")
    bench_build.build()


def measure_workloads(folder, only):
    # Valgrind gives up on debugging information that is newer than it; for a profile names are enough.
    bench = os.path.join(folder, "augury-bench")
    subprocess.run(["strip", "--strip-debug", "-o", bench, BENCH], check=True)
    listed = subprocess.run([BENCH, "gate", "--list"], check=True, capture_output=True, text=True).stdout
    workloads = [Workload(line) for line in listed.splitlines()]
    workloads = [workload for workload in workloads if not only or workload.name in only]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(lambda workload: workload.measure(bench, folder), workloads))
    return workloads


def measure_broker(folder, only):
    """Allocations a request on the broker's loop, by scenario; of all scenarios if none is named."""
    command = [BENCH, "allocations", "--programs", PROGRAMS, "--counter", COUNTER]
    for name in only:
        command += ["--scenario", name]
    # The brokers' data folders are made in it.
    environment = {**os.environ, "TMPDIR": folder}
    result = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    found = {}
    for name, thread, count, requests in re.findall(r"^allocations (\S+) (\S+) (\d+) for (\d+)", result.stdout, re.M):
        if thread == LOOP:
            found[name] = int(count) / int(requests)
    # It has a limit of its own, which is not ours.
    if not found or (result.returncode != 0 and "the loop thread allocates" not in result.stderr):
        raise GateError(f"'{' '.join(command)}' failed:\n{result.stdout}{result.stderr}")
    return found


def read_thresholds(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise GateError(f"{path} is no JSON: {error}") from error


def number(value):
    """A figure for people: whole, unless that would be rough."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


class Report:
    """What is measured beside what is allowed, line by line."""

    def __init__(self, thresholds):
        self.thresholds = thresholds
        self.failures = []
        self.hints = []

    def check(self, name, kind, unit, measured, limit, spare):
        """One figure; returns it as text. `spare` is what is no difference."""
        if limit is None:
            self.failures.append(f"{name}: {kind} have no limit; scripts/gate.py --update --only {name} sets one")
            return f"{number(measured)} {kind}"
        if measured > limit + spare:
            self.failures.append(
                f"{name}: {number(measured)} {kind} a {unit}, the limit is {number(limit)} "
                f"({measured / limit - 1:+.1%})" if limit else
                f"{name}: {number(measured)} {kind} a {unit}, the limit is 0"
            )
        elif measured < limit * FAR_BELOW and limit - measured > spare:
            self.hints.append(
                f"{name}: {number(measured)} {kind} a {unit} are far below the limit of {number(limit)}; "
                f"scripts/gate.py --update --only {name} holds what was gained"
            )
        return f"{number(measured)} {kind} (limit {number(limit)})"

    def workload(self, workload):
        limits = self.thresholds.get("workloads", {}).get(workload.name, {})
        figures = [
            self.check(
                workload.name, "instructions", workload.unit, workload.instructions, limits.get("instructions"), 0),
            self.check(
                workload.name, "allocations", workload.unit, workload.allocations, limits.get("allocations"), NONE),
        ]
        print(f"gate: {workload.name}: a {workload.unit} takes {', '.join(figures)}", flush=True)

    def scenario(self, name, measured):
        limit = self.thresholds.get("broker_loop_allocations", {}).get(name)
        figure = self.check(name, "allocations", "request", measured, limit, NONE)
        print(f"gate: broker, {name}: a request takes {figure} on the loop's thread", flush=True)

    def unknown(self, workloads, scenarios):
        """Limits of what is no longer measured are no limits."""
        measured = {workload.name for workload in workloads}
        for name in self.thresholds.get("workloads", {}):
            if name not in measured:
                self.failures.append(f"{name}: the thresholds name it, but there is no such workload")
        for name in self.thresholds.get("broker_loop_allocations", {}):
            if name not in scenarios:
                self.failures.append(f"{name}: the thresholds name it, but there is no such scenario")


def tools():
    """What the counts depend on, for whoever compares them with others."""
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    valgrind = subprocess.run(["valgrind", "--version"], capture_output=True, text=True).stdout
    libzmq = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libzmq3-dev"], capture_output=True, text=True)
    found = re.search(r"Swift version (\S+)", swift)
    return {"swift": found[1] if found else "?", "valgrind": valgrind.strip(), "libzmq": libzmq.stdout}


def update(path, thresholds, workloads, scenarios, only):
    """Writes the thresholds anew; with some names only, those of the others stay."""
    old = thresholds if only else {}
    entries = dict(old.get("workloads", {}))
    for workload in workloads:
        entries[workload.name] = {
            "instructions": math.ceil(workload.instructions * SPARE),
            "allocations": round(max(0, workload.allocations), 3),
            "per": workload.unit,
        }
    loops = dict(old.get("broker_loop_allocations", {}))
    for name, measured in scenarios.items():
        loops[name] = 0 if measured <= NONE else round(measured * LOOP_SPARE, 2)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(
            {"about": ABOUT, "measured_with": tools(), "workloads": entries, "broker_loop_allocations": loops},
            file, indent=2)
        file.write("\n")
    print(f"gate: wrote {os.path.relpath(path)}; look at what has changed before you commit it")


def explain(failures, folder):
    print("gate: failed", file=sys.stderr)
    for failure in failures:
        print(f"  {failure}", file=sys.stderr)
    print(
        "  Where instructions go: scripts/gate.py --only NAME --no-build --keep /tmp/gate, then\n"
        "    callgrind_annotate /tmp/gate/callgrind.NAME.COUNT | less\n"
        "  Where allocations come from: a debugger at malloc, in 'augury-bench gate NAME' or, for a scenario of the\n"
        "    broker, in its thread broker-loop; scripts/gate.py names the scenario.\n"
        "  If more is right, and the change says why: scripts/gate.py --update --only NAME, and commit the file.",
        file=sys.stderr,
    )


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--thresholds", default=THRESHOLDS)
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--keep")
    options = parser.parse_args(arguments)
    if not shutil.which("valgrind"):
        raise GateError("there is no valgrind; scripts/setup.sh installs it")
    if not options.no_build:
        build()
    thresholds = read_thresholds(options.thresholds)
    with tempfile.TemporaryDirectory(prefix="augury-gate-") as folder:
        workloads = measure_workloads(folder, options.only)
        others = [name for name in options.only if name not in {workload.name for workload in workloads}]
        scenarios = measure_broker(folder, others) if others or not options.only else {}
        if options.keep:
            os.makedirs(options.keep, exist_ok=True)
            for name in os.listdir(folder):
                if name.startswith("callgrind."):
                    shutil.copy(os.path.join(folder, name), options.keep)
    report = Report(thresholds)
    for workload in workloads:
        report.workload(workload)
    for name, figure in scenarios.items():
        report.scenario(name, figure)
    if options.update:
        update(options.thresholds, thresholds, workloads, scenarios, options.only)
        return 0
    if not options.only:
        report.unknown(workloads, scenarios)
    for hint in report.hints:
        print(f"gate: hint: {hint}")
    if report.failures:
        explain(report.failures, options.keep)
        return 1
    print(f"gate: ok, {len(workloads)} workloads and {len(scenarios)} scenarios of the broker")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (GateError, bench_build.BuildError) as error:
        print(f"gate: error: {error}", file=sys.stderr)
        sys.exit(2)
