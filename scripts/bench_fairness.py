#!/usr/bin/env python3
"""A client that asks for as much as it may beside one that asks for little, and clients that all ask for much.

Two workers answer with an echo of 2 ms, so that neither generator nor broker is what limits. Needs the release build.
"""

import sys

import bench_load

ROUNDS = bench_load.rounds("5")
SECONDS = bench_load.seconds("4")
CLIENTS = 8
MODEL = "echo@1"


def together(cluster, flags, *outstanding):
    """The figures of clients that make load at the same time, each with so many requests outstanding."""
    flags = ("--clients", "1", "--timeout", "60s", "--duration", SECONDS, *flags)
    loads = [bench_load.Load(cluster, MODEL, "--concurrency", str(count), *flags) for count in outstanding]
    try:
        return [load.figures() for load in loads]
    finally:
        for load in loads:
            load.stop()


def jain(rates):
    """Jain's index: 1 if all are equal, 1/n if one has everything."""
    return sum(rates) ** 2 / (len(rates) * sum(rate * rate for rate in rates))


def measure(cluster, folder):
    flags = bench_load.echo_flags(folder)
    shares, tails, indexes = [], [], []
    for number in range(1, ROUNDS + 1):
        equal, modest = together(cluster, flags, 4, 4)
        greedy, beside = together(cluster, flags, 4000, 4)
        many = [figures["goodput_per_second"] for figures in together(cluster, flags, *[64] * CLIENTS)]
        shares.append(beside["goodput_per_second"] / modest["goodput_per_second"])
        tails.append(bench_load.milliseconds(beside, "p99") / bench_load.milliseconds(modest, "p99"))
        indexes.append(jain(many))
        print(
            f"round {number}: with 4 outstanding beside an equal one {modest['goodput_per_second']:,.0f} a second, p99 "
            f"{bench_load.milliseconds(modest, 'p99'):.1f} ms; beside one with 4,000, which has "
            f"{greedy['goodput_per_second']:,.0f}, {beside['goodput_per_second']:,.0f} a second, p99 "
            f"{bench_load.milliseconds(beside, 'p99'):.1f} ms; {CLIENTS} equal clients "
            f"{min(many):,.0f} to {max(many):,.0f} a second",
            flush=True,
        )
    bench_load.report("fairness-modest-throughput", shares)
    bench_load.report("fairness-modest-p99", tails)
    bench_load.report("fairness-jain", indexes)


def start(cluster):
    bench_load.start_echo_workers(cluster, 2, "--echo-delay", "2ms", "--max-batch-size", "1")


if __name__ == "__main__":
    sys.exit(bench_load.main(measure, start))
