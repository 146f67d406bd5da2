#!/usr/bin/env python3
"""Runs the benchmarks one after the other, prints what they say, and keeps the figures with what they were measured on.

Usage: bench.py [--full] [--list] [NAME ...]

Without names it runs all of the table below; --full runs them longer and in more variants. What a benchmark prints as
`bench: NAME ratio=R min=A max=B` goes to .augury/bench/TIME.json too. One that fails is told and does not stop the
others; the exit code is then 1. Needs the release build of the programs, which `make bench` makes.
"""

import argparse
import datetime
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import bench_build
import bench_machine
from bench_build import BENCH, COUNTER

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = os.path.join(ROOT, ".build", "release")
RESULTS = os.path.join(ROOT, ".augury", "bench")
# Seconds after which a benchmark hangs and is ended.
PATIENCE = int(os.environ.get("AUGURY_BENCH_PATIENCE", "3600"))


def own(subcommand, *arguments):
    """A subcommand of augury-bench."""
    return [BENCH, subcommand, *arguments]


def with_broker(subcommand, *arguments):
    """A subcommand of augury-bench that starts the broker of the release build."""
    return own(subcommand, "--programs", PROGRAMS, *arguments)


def script(name):
    return [sys.executable, os.path.join(ROOT, "scripts", name)]


@dataclass
class Benchmark:
    """One line of the table: commands, each a list of arguments, for a quick run and for a full one."""

    name: str
    what: str
    quick: list
    # As the quick one, if it is not given.
    full: list = None
    # Settings of a quick run, where the caller has not set them.
    quick_settings: dict = field(default_factory=dict)


def dispatch(*sizes, rounds, seconds):
    return [
        with_broker("dispatch", "--size", str(size), "--rounds", str(rounds), "--seconds", str(seconds))
        for size in sizes
    ]


DIGITS = [
    "--model", os.path.join(ROOT, "Examples", "models", "digits", "2", "model.onnx"),
    "--lines", os.path.join(ROOT, "Examples", "digits", "heldout.jsonl"),
]
REP = ["--rows", "64", "--rival", "rep", "--server", os.path.join(ROOT, "scripts", "bench_rep_server.py")]


def serve(rounds, seconds, *variants):
    times = ["--rounds", str(rounds), "--seconds", str(seconds)]
    return [with_broker("serve", *DIGITS, *times, *variant) for variant in variants]


BENCHMARKS = [
    Benchmark(
        "dispatch", "4 clients with 32 requests outstanding, 2 workers, beside zmq_proxy",
        dispatch(256, 4096, 65536, 1 << 20, rounds=5, seconds=1),
        dispatch(256, 4096, 65536, 1 << 20, rounds=9, seconds=2)
        + [with_broker("dispatch", "--units-per-message", "1", "--rounds", "9", "--seconds", "2")],
    ),
    Benchmark(
        "latency", "one client that waits for each answer, beside zmq_proxy",
        [with_broker("latency")],
        [with_broker("latency", "--rounds", "9", "--seconds", "2")],
    ),
    Benchmark(
        "fleet", "throughput with many workers and clients beside that with one worker and 4 clients",
        [with_broker("fleet", "--rounds", "1")],
        [with_broker("fleet", "--rounds", "5")],
    ),
    Benchmark(
        "serve", "digits by worker programs beside a bare two-hop echo and a bare pyzmq REP server",
        serve(3, 1, [], ["--clients", "4", "--outstanding", "32", "--workers", "2"], REP),
        serve(
            5, 2, [], ["--workers", "2"], ["--clients", "4", "--outstanding", "32"],
            ["--clients", "4", "--outstanding", "32", "--workers", "2"], ["--clients", "1"], ["--content", "json"],
            REP),
    ),
    Benchmark(
        "on-demand", "one worker beside a bare loop of its engine, and with batches beside without",
        [own("on-demand", "--programs", PROGRAMS, *DIGITS, "--rounds", "3", "--seconds", "0.5")],
        [own("on-demand", "--programs", PROGRAMS, *DIGITS, "--rounds", "7", "--seconds", "1")],
    ),
    Benchmark(
        "isolation", "online requests beside a saturating batch job",
        [script("bench_isolation.py")],
        quick_settings={"AUGURY_BENCH_ROUNDS": "8"},
    ),
    Benchmark(
        "overload", "three times as many requests as can be answered",
        [script("bench_overload.py")],
        quick_settings={"AUGURY_BENCH_ROUNDS": "1", "AUGURY_BENCH_SECONDS": "3"},
    ),
    Benchmark(
        "fairness", "a modest client beside a greedy one",
        [script("bench_fairness.py")],
        quick_settings={"AUGURY_BENCH_ROUNDS": "2", "AUGURY_BENCH_SECONDS": "3"},
    ),
    Benchmark(
        "allocations", "what the broker's threads take from the heap for a request",
        [with_broker("allocations", "--counter", COUNTER)],
    ),
    Benchmark(
        "footprint", "time until broker and worker are ready, memory of an idle broker and of idle connections",
        [script("bench_footprint.py")],
        quick_settings={"AUGURY_BENCH_ROUNDS": "3", "AUGURY_BENCH_PREDICTIONS": "200000"},
    ),
    Benchmark(
        "json", "megabytes of JSON a second on one core",
        [own("json", "--lines", os.path.join(ROOT, "Examples", "digits", "heldout.jsonl"))],
    ),
    Benchmark(
        "memory", "peak of broker and worker over a batch job, large input beside small",
        [script("bench_memory.py")],
        quick_settings={"AUGURY_BENCH_LARGE": str(256 << 20)},
    ),
    Benchmark(
        "batch", "a durable job on two workers beside a Python script and a bare loop",
        [script("bench_batch.py")],
        quick_settings={"AUGURY_BENCH_ROUNDS": "3", "AUGURY_BENCH_LARGE": str(256 << 20)},
    ),
]

LINE = re.compile(r"bench: (\S+)((?: [\w-]+=\S+)+)\s*$")


def figure(line):
    """What a line `bench: NAME KEY=VALUE …` says; None for any other line."""
    match = LINE.match(line)
    if match is None:
        return None
    values = {}
    for pair in match.group(2).split():
        key, _, text = pair.partition("=")
        try:
            values[key] = float(text)
        except ValueError:
            values[key] = text
    return {"name": match.group(1), **values}


def run_command(command, settings):
    """Runs a command and passes on what it prints. Returns its exit code, its figures and its lines."""
    library = os.path.join(ROOT, ".augury", "onnxruntime")
    environment = {"ORT_LIB_PATH": library, **settings, **os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True,
    )
    timer = threading.Timer(PATIENCE, interrupt, [process])
    timer.start()
    figures, lines = [], []
    try:
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip("\n"))
            found = figure(line)
            if found is not None:
                figures.append(found)
        code = process.wait()
    finally:
        timer.cancel()
        end(process)
    return code, figures, lines


def interrupt(process):
    """Has a command end as by Ctrl-C, so that it ends what it has started; the session is its own."""
    try:
        os.killpg(process.pid, signal.SIGINT)
    except ProcessLookupError:
        pass


def end(process):
    """Ends a command that still runs, gently first."""
    if process.poll() is not None:
        return
    interrupt(process)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(benchmark, is_full):
    """Runs all commands of a benchmark, whatever becomes of each, and returns what is to be kept of it."""
    print(f"== {benchmark.name}: {benchmark.what}", flush=True)
    started = time.monotonic()
    result = {"name": benchmark.name, "what": benchmark.what, "ok": True, "figures": [], "runs": []}
    for command in (benchmark.full or benchmark.quick) if is_full else benchmark.quick:
        code, figures, lines = run_command(command, {} if is_full else benchmark.quick_settings)
        text = " ".join(os.path.relpath(word, ROOT) if word.startswith(ROOT) else word for word in command)
        result["figures"] += figures
        result["runs"].append({"command": text, "exit_code": code, "output": lines})
        if code != 0:
            result["ok"] = False
            print(f"bench: failed: {text}: exit code {code}", flush=True)
    result["seconds"] = round(time.monotonic() - started, 1)
    return result


def table(results):
    """All figures, a line each."""
    rows = []
    for result in results:
        for entry in result["figures"]:
            values = " ".join(f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}"
                              for key, value in entry.items() if key != "name")
            rows.append((result["name"], entry["name"], values))
        if not result["ok"]:
            rows.append((result["name"], "FAILED", "see above"))
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    return "\n".join(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows)


def save(document, started):
    os.makedirs(RESULTS, exist_ok=True)
    path = os.path.join(RESULTS, started.strftime("%Y-%m-%dT%H-%M-%SZ.json"))
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
    return path


def chosen(names):
    known = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"bench: no benchmark is called {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in names] or BENCHMARKS


def main():
    parser = argparse.ArgumentParser(description="Runs the benchmarks and keeps the figures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run; all if there is none")
    parser.add_argument("--full", action="store_true", help="longer, and in more variants")
    parser.add_argument("--list", action="store_true", help="say what there is")
    arguments = parser.parse_args()
    if arguments.list:
        for benchmark in BENCHMARKS:
            print(f"{benchmark.name:<14}{benchmark.what}")
        return 0
    wanted = chosen(arguments.names)
    started = datetime.datetime.now(datetime.timezone.utc)
    machine = bench_machine.describe(ROOT)
    print(bench_machine.summary(machine), flush=True)
    try:
        bench_build.build()
    except (OSError, bench_build.BuildError) as error:
        print(f"bench: failed: what measures cannot be built: {error}")
        return 1
    results = []
    document = {
        "kind": "full" if arguments.full else "quick", "started_at": started.isoformat(timespec="seconds"),
        "machine": machine, "benchmarks": results,
    }
    for benchmark in wanted:
        results.append(run(benchmark, arguments.full))
        # Kept after each, so that an interruption loses none that is done.
        path = save(document, started)
    failed = [result["name"] for result in results if not result["ok"]]
    print(f"\n{table(results)}\n\nkept in {os.path.relpath(path, ROOT)}", flush=True)
    if failed:
        print(f"bench: failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
