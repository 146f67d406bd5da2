#!/usr/bin/env python3
"""A durable batch job on two workers beside a Python script and beside a bare loop, over the same rows and model.

Every round runs all of them, one after the other. Also: what durability costs, and how soon the first output of a large
input is there. Needs the release builds of the programs and of augury-bench, and pip for the script's packages.
"""

import filecmp
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import bench_memory
import bench_packages
import demo

ROWS = int(os.environ.get("AUGURY_BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("AUGURY_BENCH_ROUNDS", "5"))
LARGE = int(os.environ.get("AUGURY_BENCH_LARGE", str(2 << 30)))
BENCH = os.path.join(demo.ROOT, "Benchmarks", ".build", "release", "augury-bench")
MODEL = os.path.join(demo.MODELS, "digits", "2", "model.onnx")
LIBRARY = os.path.join(demo.ROOT, ".augury", "onnxruntime")
RIVAL = os.path.join(demo.ROOT, "scripts", "bench_batch_rival.py")
WORKERS = ("digits-2-a", "digits-2-b")


def write_rows(path, count):
    """Held-out rows over and over, so many of them."""
    with open(demo.HELDOUT, "rb") as file:
        rows = file.read().splitlines(keepends=True)
    block = b"".join(rows)
    with open(path, "wb") as out:
        for _ in range(count // len(rows)):
            out.write(block)
        out.write(b"".join(rows[: count % len(rows)]))


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(name, ratios):
    print(
        f"bench: {name} ratio={statistics.median(ratios):.3f} min={min(ratios):.3f} max={max(ratios):.3f}", flush=True
    )


class Bench:
    """The cluster and the files of one run."""

    def __init__(self, folder):
        self.folder = folder
        self.cluster = demo.Cluster(folder)
        self.source = os.path.join(folder, "rows.jsonl")

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        self.cluster.start_broker()
        for name in WORKERS:
            self.cluster.start_worker(name, "2")
        self.cluster.wait_until_ready(len(WORKERS))

    def submit(self, source, name, *flags):
        text = self.cluster.augury(
            "jobs", "submit", "--model", "digits@2", "--input", source, "--output", self.path(name), "--overwrite",
            "--json", *flags,
        )
        return json.loads(text.splitlines()[-1])

    def job(self, name, *flags):
        """Runs a job; seconds from its submission to its end, and the processor time of all processes."""
        before = sum(cpu_seconds(process) for process in self.cluster.processes.values())
        job = self.submit(self.source, name, "--wait", *flags)
        used = sum(cpu_seconds(process) for process in self.cluster.processes.values()) - before
        if job["state"] != "succeeded" or job["rows_done"] != ROWS or job["rows_failed"] != 0:
            raise demo.DemoError(f"the job is not as it must be: {job}")
        return job["finished_at"] - job["created_at"], used

    def rival(self, name):
        result = self.run([sys.executable, RIVAL, MODEL, self.source, self.path(name)])
        return result["seconds"], result["cpu_seconds"]

    def loop(self, name):
        result = self.run([BENCH, "loop", "--model", MODEL, "--input", self.source, "--output", self.path(name)])
        return result["seconds"], result["cpu_seconds"]

    def run(self, command):
        environment = dict(os.environ, PYTHONPATH=bench_packages.FOLDER, ORT_LIB_PATH=LIBRARY)
        result = subprocess.run(command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)
        if result.returncode != 0:
            raise demo.DemoError(f"{command[0]} failed: {result.stderr}")
        return json.loads(result.stdout) if result.stdout else {}


def compare_speed(bench):
    beside_python, beside_python_per_core, beside_loop, costs = [], [], [], []
    can_skip_sync = "--no-sync" in bench.cluster.augury("jobs", "submit", "--help")
    for number in range(1, ROUNDS + 1):
        seconds, used = bench.job("job.jsonl")
        rival, rival_used = bench.rival("rival.jsonl")
        loop, loop_used = bench.loop("loop.jsonl")
        sides = (("job", seconds, used), ("Python", rival, rival_used), ("bare loop", loop, loop_used))
        texts = (f"{name} {ROWS / time:,.0f} rows/s, {cpu / ROWS * 1e6:.2f} us" for name, time, cpu in sides)
        print(f"round {number}, with processor time a row: {'; '.join(texts)}", flush=True)
        if number == 1:
            check_outputs(bench)
        beside_python.append(rival / seconds)
        beside_python_per_core.append(rival_used / used)
        beside_loop.append(loop_used / used)
        if can_skip_sync:
            costs.append(seconds / bench.job("unsynced.jsonl", "--no-sync")[0])
    report("batch-vs-python", beside_python)
    # Rows for a second of processor time: it matters neither how many cores there are nor what else runs on them.
    report("batch-vs-python-per-core", beside_python_per_core)
    report("batch-vs-bare-loop", beside_loop)
    if can_skip_sync:
        report("checkpoint-cost", costs)
    else:
        print("checkpoint-cost is not measured: `augury jobs submit` has no --no-sync")


def check_outputs(bench):
    if not filecmp.cmp(bench.path("job.jsonl"), bench.path("loop.jsonl"), shallow=False):
        raise demo.DemoError("the job's output is not that of the bare loop")
    bench.run([sys.executable, RIVAL, "--compare", bench.path("job.jsonl"), bench.path("rival.jsonl")])
    print(f"all {ROWS:,} rows are the same: byte by byte in job and bare loop, value by value in Python")


def measure_first_output(bench):
    source = bench.path("large.jsonl")
    bench_memory.write_input(source, LARGE)
    partial = bench.path("large.out.jsonl.partial")
    started_at = time.monotonic()
    job = bench.submit(source, "large.out.jsonl")
    while not os.path.exists(partial) or os.path.getsize(partial) == 0:
        if time.monotonic() - started_at > demo.PATIENCE:
            raise demo.DemoError("no output is written")
        time.sleep(0.001)
    seconds = time.monotonic() - started_at
    bench.cluster.augury("jobs", "cancel", job["id"])
    print(f"bench: batch-first-output seconds={seconds:.3f} bytes-of-input={os.path.getsize(source)}", flush=True)


def main():
    folder = tempfile.mkdtemp(prefix="augury-batch-")
    bench = Bench(folder)
    try:
        bench_packages.fetch()
        write_rows(bench.source, ROWS)
        bench.start()
        compare_speed(bench)
        measure_first_output(bench)
    except (demo.DemoError, OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
        print(f"bench: failed: {error}")
        return 1
    finally:
        bench.cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
