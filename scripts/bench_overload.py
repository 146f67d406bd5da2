#!/usr/bin/env python3
"""Three times as many requests as two workers can answer: how many predictions still come in time, how soon the others
are refused, and how long after the load latencies are as before.

With the digits model, whose answers cost about as much as asking, and with a slow one, an echo of 2 ms, for which
neither generator nor broker is what limits. Needs the release build.
"""

import sys

import bench_load

ROUNDS = bench_load.rounds("5")
SECONDS = bench_load.seconds("4")
DELAY_MS = 2


def measure_model(cluster, model, timeout, *flags):
    name = model.split("@")[0]
    goodputs, refused, recoveries = [], [], []
    for number in range(1, ROUNDS + 1):
        peak = bench_load.load(cluster, model, "--concurrency", "64", "--clients", "4", "--duration", SECONDS, *flags)
        capacity = peak["goodput_per_second"]
        calm = ("--rate", f"{capacity * 0.3:.0f}", "--clients", "4", "--warm-up", "1s", "--duration", "2s", *flags)
        before = bench_load.load(cluster, model, *calm)
        over = bench_load.load(
            cluster, model, "--rate", f"{capacity * 3:.0f}", "--clients", "4", "--timeout", timeout, "--duration",
            SECONDS, *flags,
        )
        # What is measured begins a second after the load has gone.
        after = bench_load.load(cluster, model, *calm)
        count, slowest = bench_load.refusals(over)
        goodputs.append(over["goodput_per_second"] / capacity)
        refused.append(slowest)
        recoveries.append(bench_load.milliseconds(after, "p99") / bench_load.milliseconds(before, "p99"))
        behind = ", the generator was behind" if over["behind"] else ""
        print(
            f"{name}, round {number}: at best {capacity:,.0f} predictions a second, at three times the load "
            f"{over['goodput_per_second']:,.0f}, their p99 {bench_load.milliseconds(over, 'p99'):.1f} ms; "
            f"{count:,} of {over['requests']:,} refused, p99 {slowest:.2f} ms; "
            f"p99 before {bench_load.milliseconds(before, 'p99'):.2f} ms, a second after "
            f"{bench_load.milliseconds(after, 'p99'):.2f} ms{behind}; "
            + ", ".join(f"{code} {ending['count']:,}" for code, ending in sorted(over["answers"].items())),
            flush=True,
        )
    bench_load.report(f"overload-goodput-{name}", goodputs)
    # To the 5 ms that it may take.
    bench_load.report(f"overload-refusal-{name}", [slowest / 5 for slowest in refused])
    bench_load.report(f"overload-recovery-{name}", recoveries)


def measure(cluster, folder):
    measure_model(cluster, "echo@1", "100ms", *bench_load.echo_flags(folder))
    measure_model(cluster, "digits@2", "100ms")


def start(cluster):
    bench_load.start_echo_workers(cluster, 2, "--echo-delay", f"{DELAY_MS}ms", "--max-batch-size", "1")
    for name in ("digits-2-a", "digits-2-b"):
        cluster.start_worker(name, "2")


if __name__ == "__main__":
    sys.exit(bench_load.main(measure, start))
