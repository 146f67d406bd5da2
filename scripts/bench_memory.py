#!/usr/bin/env python3
"""Peak memory of broker and worker over a batch job, for a small and a large input, each on a fresh cluster."""

import json
import os
import shutil
import sys
import tempfile

import demo

SMALL = int(os.environ.get("AUGURY_BENCH_SMALL", str(10 << 20)))
LARGE = int(os.environ.get("AUGURY_BENCH_LARGE", str(2 << 30)))


def write_input(path, size):
    """Held-out rows over and over, until the file has this size."""
    with open(demo.HELDOUT, "rb") as file:
        block = file.read()
    rows = block.count(b"\n")
    copies = size // len(block)
    with open(path, "wb") as out:
        for _ in range(copies):
            out.write(block)
    return copies * rows


def peak(process):
    with open(f"/proc/{process.pid}/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise demo.DemoError("no peak memory to be found")


def measure(size):
    folder = tempfile.mkdtemp(prefix="augury-memory-")
    cluster = demo.Cluster(folder)
    try:
        source = os.path.join(folder, "rows.jsonl")
        rows = write_input(source, size)
        cluster.start_broker()
        cluster.start_worker("digits-2-a", "2")
        cluster.wait_until_ready(1)
        text = cluster.augury(
            "jobs", "submit", "--model", "digits@2", "--input", source, "--output", os.path.join(folder, "out.jsonl"),
            "--wait", "--json",
        )
        job = json.loads(text.splitlines()[-1])
        if job["state"] != "succeeded" or job["rows_done"] != rows:
            raise demo.DemoError(f"the job is not as it must be: {job}")
        seconds = job["finished_at"] - job["started_at"]
        peaks = {name: peak(cluster.processes[name]) for name in ("broker", "digits-2-a")}
        print(
            f"{size >> 20} MiB, {rows:,} rows: broker {peaks['broker'] / 2**20:.1f} MiB, "
            f"worker {peaks['digits-2-a'] / 2**20:.1f} MiB, {rows / seconds:,.0f} rows/s",
            flush=True,
        )
        return peaks
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    try:
        small, large = measure(SMALL), measure(LARGE)
    except (demo.DemoError, OSError, KeyError, ValueError) as error:
        print(f"bench: failed: {error}")
        return 1
    for name, label in (("broker", "batch-memory-broker"), ("digits-2-a", "batch-memory-worker")):
        ratio = large[name] / small[name]
        print(f"bench: {label} ratio={ratio:.3f} min={ratio:.3f} max={ratio:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
