"""What the benches of isolation, overload and fairness share: a cluster, and load from `augury bench`."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import demo


class Load:
    """One run of `augury bench`, under way."""

    def __init__(self, cluster, model, *flags):
        command = [
            os.path.join(demo.BIN, "augury"), "bench", model, *flags, "--json", "-", "--broker", cluster.frontend,
        ]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        self.name = " ".join(command[1:])

    def figures(self):
        """What it measured. Its exit code 1 says that some requests were refused, which overload is about."""
        output, errors = self.process.communicate()
        if self.process.returncode not in (0, 1) or not output:
            raise demo.DemoError(f"{self.name}: exit code {self.process.returncode}\n{errors}")
        return json.loads(output)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def load(cluster, model, *flags):
    return Load(cluster, model, *flags).figures()


def milliseconds(figures, percentile):
    latencies = figures["latency_seconds"]
    return float("nan") if latencies is None else latencies[percentile] * 1e3


def refusals(figures):
    """How many requests were refused, and the longest 99th percentile of how long that took, in milliseconds."""
    endings = [ending for code, ending in figures["answers"].items() if code != "OK" and ending["count"] > 0]
    slowest = max((ending["latency_seconds"]["p99"] * 1e3 for ending in endings), default=0.0)
    return sum(ending["count"] for ending in endings), slowest


def report(name, ratios):
    print(
        f"bench: {name} ratio={statistics.median(ratios):.3f} min={min(ratios):.3f} max={max(ratios):.3f}", flush=True
    )


def echo_flags(folder):
    """The echo takes anything, so what it is sent has to be said."""
    path = os.path.join(folder, "echo.json")
    with open(path, "w") as file:
        file.write('{"instances":[[1.5,2.5]]}')
    return ("--payload", path)


def start_echo_workers(cluster, count, *flags):
    for number in range(count):
        name = f"echo-{number}"
        cluster.start(
            name, "worker", "--model", "echo", "--version", "1", "--engine", "echo", "--broker", cluster.backend,
            "--name", name, *flags,
        )


def main(measure, start):
    """Starts a cluster by `start(cluster)`, measures by `measure(cluster, folder)`, and leaves nothing behind."""
    folder = tempfile.mkdtemp(prefix="augury-bench-")
    cluster = demo.Cluster(folder)
    try:
        cluster.start_broker()
        start(cluster)
        cluster.wait_until_ready(len(cluster.processes) - 1)
        measure(cluster, folder)
    except (demo.DemoError, OSError, KeyError, ValueError, TypeError) as error:
        print(f"bench: failed: {error}")
        return 1
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def rounds(default):
    return int(os.environ.get("AUGURY_BENCH_ROUNDS", default))


def seconds(default):
    return os.environ.get("AUGURY_BENCH_SECONDS", default) + "s"


if __name__ == "__main__":
    sys.exit("a module of the benches, not a bench")
