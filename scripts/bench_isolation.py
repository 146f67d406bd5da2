#!/usr/bin/env python3
"""What a saturating batch job does to online requests on the same two workers, and they to it.

Online load is open, at half of what 16 clients that wait for their answers get when there is nothing else to do. Each
round measures online requests alone, the job alone, and both together. Needs the release build.
"""

import json
import os
import sys
import time

import bench_batch
import bench_load
import demo

ROUNDS = bench_load.rounds("5")
SECONDS = bench_load.seconds("4")
ROWS = int(os.environ.get("AUGURY_BENCH_ROWS", "10000000"))
MODEL = "digits@2"


class BatchJob:
    """A job that is longer than what is measured beside it."""

    def __init__(self, cluster, folder):
        self.cluster = cluster
        text = cluster.augury(
            "jobs", "submit", "--model", MODEL, "--input", os.path.join(folder, "rows.jsonl"), "--output",
            os.path.join(folder, "out.jsonl"), "--overwrite", "--json",
        )
        self.id = json.loads(text.splitlines()[-1])["id"]
        # Not from its start, when it finds out how much the workers can take.
        demo.wait_for(lambda: self.rows() > 200_000, "the job to get on")

    def rows(self):
        job = json.loads(self.cluster.augury("jobs", "show", self.id, "--json"))
        if job["state"] not in ("queued", "validating", "running"):
            raise demo.DemoError(f"the job is over too early: {job}")
        return job["rows_done"]

    def rows_per_second(self, body):
        """What the body returns, and the rows that were done a second meanwhile."""
        rows, began = self.rows(), time.monotonic()
        result = body()
        return result, (self.rows() - rows) / (time.monotonic() - began)

    def cancel(self):
        self.cluster.augury("jobs", "cancel", self.id)
        demo.wait_for(
            lambda: json.loads(self.cluster.augury("jobs", "show", self.id, "--json"))["state"] == "cancelled",
            "the job to end",
        )


class Idle:
    """How much of its processors' time the machine had to spare."""

    def __init__(self):
        self.began = self.read()

    @staticmethod
    def read():
        with open("/proc/stat") as file:
            times = [int(field) for field in file.readline().split()[1:9]]
        return times[3] + times[4], sum(times)

    def share(self):
        idle, total = self.read()
        return (idle - self.began[0]) / (total - self.began[1])


def describe(name, figures):
    return (
        f"{name} p50 {bench_load.milliseconds(figures, 'p50'):.2f} p99 {bench_load.milliseconds(figures, 'p99'):.2f} "
        f"p99.9 {bench_load.milliseconds(figures, 'p999'):.2f} ms"
    )


def measure(cluster, folder):
    bench_batch.write_rows(os.path.join(folder, "rows.jsonl"), ROWS)
    capacity = bench_load.load(cluster, MODEL, "--concurrency", "16", "--clients", "16", "--duration", SECONDS)
    capacity = capacity["goodput_per_second"]
    rate = capacity / 2
    print(f"online requests alone: {capacity:,.0f} a second; half of that is {rate:,.0f}", flush=True)
    online = ("--rate", f"{rate:.0f}", "--arrivals", "poisson", "--clients", "16", "--duration", SECONDS)
    tails, shares = [], []
    for number in range(1, ROUNDS + 1):
        idle = Idle()
        alone = bench_load.load(cluster, MODEL, *online)
        left = idle.share()
        job = BatchJob(cluster, folder)
        _, job_alone = job.rows_per_second(lambda: time.sleep(2))
        beside, job_beside = job.rows_per_second(lambda: bench_load.load(cluster, MODEL, *online))
        job.cancel()
        tails.append(bench_load.milliseconds(beside, "p99") / bench_load.milliseconds(alone, "p99"))
        shares.append(job_beside / (job_alone * left))
        print(
            f"round {number}: {describe('alone', alone)}, {left:.0%} of the processors left; "
            f"{describe('beside the job', beside)}, {beside['goodput_per_second']:,.0f} a second; "
            f"the job {job_alone:,.0f} rows/s alone, {job_beside:,.0f} beside",
            flush=True,
        )
    bench_load.report("isolation-p99", tails)
    # Of what the job would make of the processors' time that online requests leave.
    bench_load.report("isolation-batch-share", shares)


def start(cluster):
    for name in bench_batch.WORKERS:
        cluster.start_worker(name, "2")


if __name__ == "__main__":
    sys.exit(bench_load.main(measure, start))
