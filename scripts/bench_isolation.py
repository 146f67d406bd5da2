#!/usr/bin/env python3
"""What a saturating batch job does to online requests on the same two workers, and they to it.

Online load is open, at half of what 16 clients that wait for their answers get when there is nothing else to do. A
machine's own times drift by more than what is looked for, so many short slices take turns on one cluster: online
requests alone, beside the job, the job alone. The latencies of all slices of a kind are put together; how far the
ratio can be trusted is told by drawing the slices anew. Needs the release build.
"""

import collections
import json
import os
import random
import statistics
import sys
import time

import bench_batch
import bench_load
import demo

SLICES = bench_load.rounds("16")
SECONDS = bench_load.seconds("1.2")
ROWS = int(os.environ.get("AUGURY_BENCH_ROWS", "8000000"))
MODEL = "digits@2"
# The beginning of each slice is not measured: what went before must have come to rest.
WARM_UP = "0.4"
DRAWINGS = 1000


class BatchJob:
    """A job that is paused but for when it is wanted; one after the other, so that there always is one."""

    def __init__(self, cluster, folder):
        self.cluster = cluster
        self.folder = folder
        self.submit()

    def submit(self):
        text = self.cluster.augury(
            "jobs", "submit", "--model", MODEL, "--input", os.path.join(self.folder, "rows.jsonl"), "--output",
            os.path.join(self.folder, "out.jsonl"), "--overwrite", "--json",
        )
        self.id = json.loads(text.splitlines()[-1])["id"]
        self.wait_until_saturating(0)

    def show(self):
        return json.loads(self.cluster.augury("jobs", "show", self.id, "--json"))

    def state(self):
        return self.show()["state"]

    def rows(self):
        job = self.show()
        if job["state"] in ("finalizing", "succeeded", "failed", "cancelled"):
            raise demo.DemoError(f"the job is over too early: {job}")
        return job["rows_done"]

    def wait_until_saturating(self, rows):
        """Not from its start, when it finds out how much the workers can take."""
        demo.wait_for(lambda: self.rows() > rows + 100_000, "the job to get on")

    def pause(self):
        self.cluster.augury("jobs", "pause", self.id)
        demo.wait_for(lambda: self.state() == "paused", "the job to pause")

    def resume(self):
        rows = self.rows()
        if rows > ROWS // 2:
            self.cancel()
            return self.submit()
        self.cluster.augury("jobs", "resume", self.id)
        self.wait_until_saturating(rows)

    def cancel(self):
        self.cluster.augury("jobs", "cancel", self.id)
        demo.wait_for(lambda: self.state() == "cancelled", "the job to end")


class Counter:
    """Rows of the job, and seconds, over several slices."""

    def __init__(self, job):
        self.job = job
        self.rows = 0
        self.seconds = 0.0

    def measure(self, body):
        rows, began = self.job.rows(), time.monotonic()
        result = body()
        self.rows += self.job.rows() - rows
        self.seconds += time.monotonic() - began
        return result

    def per_second(self):
        return self.rows / self.seconds


class Idle:
    """How much of its processors' time the machine had to spare."""

    def __init__(self):
        self.idle = 0
        self.total = 0

    @staticmethod
    def read():
        with open("/proc/stat") as file:
            times = [int(field) for field in file.readline().split()[1:9]]
        return times[3] + times[4], sum(times)

    def measure(self, body):
        idle, total = self.read()
        result = body()
        self.idle += self.read()[0] - idle
        self.total += self.read()[1] - total
        return result

    def share(self):
        return self.idle / self.total


def percentile(slices, share):
    """That of all latencies of these slices together, in seconds."""
    counts = collections.Counter()
    for buckets in slices:
        for bucket in buckets:
            counts[bucket["seconds"]] += bucket["count"]
    wanted, passed = share * sum(counts.values()), 0
    for seconds in sorted(counts):
        passed += counts[seconds]
        if passed >= wanted:
            return seconds
    raise demo.DemoError("no latency was measured")


def ratio(pairs, share):
    return percentile([beside for _, beside in pairs], share) / percentile([alone for alone, _ in pairs], share)


def report(name, pairs, share):
    """The ratio of all slices together, and where nine of ten drawings of as many pairs of slices lie."""
    random.seed(1)
    drawings = sorted(ratio(random.choices(pairs, k=len(pairs)), share) for _ in range(DRAWINGS))
    low, high = drawings[DRAWINGS // 20], drawings[-DRAWINGS // 20]
    print(f"bench: {name} ratio={ratio(pairs, share):.3f} min={low:.3f} max={high:.3f}", flush=True)


def measure(cluster, folder):
    bench_batch.write_rows(os.path.join(folder, "rows.jsonl"), ROWS)
    # Or the system writes it to disk meanwhile.
    os.sync()
    capacity = bench_load.load(cluster, MODEL, "--concurrency", "16", "--clients", "16", "--duration", "2s")
    capacity = capacity["goodput_per_second"]
    rate = capacity / 2
    print(f"online requests alone: {capacity:,.0f} a second; half of that is {rate:,.0f}", flush=True)
    job = BatchJob(cluster, folder)
    job.pause()
    beside_online, by_itself, idle, pairs = Counter(job), Counter(job), Idle(), []
    for number in range(SLICES):
        online = (
            "--rate", f"{rate:.0f}", "--arrivals", "poisson", "--clients", "16", "--duration", SECONDS, "--warm-up",
            WARM_UP + "s", "--seed", str(number), "--latencies",
        )
        alone = idle.measure(lambda: bench_load.load(cluster, MODEL, *online))
        job.resume()
        beside = beside_online.measure(lambda: bench_load.load(cluster, MODEL, *online))
        by_itself.measure(lambda: time.sleep(1))
        job.pause()
        pairs.append((alone["latency_buckets"], beside["latency_buckets"]))
    job.cancel()
    for name, slices in (("alone", [alone for alone, _ in pairs]), ("beside the job", [beside for _, beside in pairs])):
        p99s = [percentile([one], 0.99) * 1e3 for one in slices]
        texts = (f"p{100 * share:g} {percentile(slices, share) * 1e3:.2f} ms" for share in (0.5, 0.9, 0.99, 0.999))
        print(f"{name}: {', '.join(texts)}; p99 of slices {min(p99s):.2f}-{max(p99s):.2f}, median "
              f"{statistics.median(p99s):.2f} ms", flush=True)
    print(
        f"{idle.share():.0%} of the processors left; the job {by_itself.per_second():,.0f} rows/s alone, "
        f"{beside_online.per_second():,.0f} beside", flush=True,
    )
    report("isolation-p50", pairs, 0.5)
    report("isolation-p99", pairs, 0.99)
    # Of what the job would make of the processors' time that online requests leave.
    share = beside_online.per_second() / (by_itself.per_second() * idle.share())
    print(f"bench: isolation-batch-share ratio={share:.3f} min={share:.3f} max={share:.3f}", flush=True)


def start(cluster):
    for name in bench_batch.WORKERS:
        cluster.start_worker(name, "2")


if __name__ == "__main__":
    sys.exit(bench_load.main(measure, start))
