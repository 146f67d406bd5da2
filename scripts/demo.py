#!/usr/bin/env python3
"""The main job on real input: a cluster, a canary from one version of a model to the next, a batch job, and a worker
killed on the way.

Needs the release build (`make demo` makes it). Uses ports of its own, leaves nothing behind, and exits with a code
other than 0 if anything is not as it must be.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.environ.get("AUGURY_BIN", os.path.join(ROOT, ".build", "release"))
HELDOUT = os.path.join(ROOT, "Examples", "digits", "heldout.jsonl")
LABELS = os.path.join(ROOT, "Examples", "digits", "heldout.labels.jsonl")
MODELS = os.path.join(ROOT, "Examples", "models")
BATCH_ROWS = int(os.environ.get("AUGURY_DEMO_ROWS", "1000000"))
PATIENCE = 60.0


class DemoError(Exception):
    pass


def say(text):
    print(text, flush=True)


class Cluster:
    """The processes of the demo, ended by pid whatever happens."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = {}
        self.frontend = None
        self.backend = None

    def start(self, name, program, *arguments):
        log = open(os.path.join(self.folder, name + ".log"), "w")
        process = subprocess.Popen(
            [os.path.join(BIN, program), *arguments], stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        log.close()
        self.processes[name] = process
        return process

    def log_tail(self, name):
        with open(os.path.join(self.folder, name + ".log")) as log:
            return "".join(log.readlines()[-8:])

    def start_broker(self):
        data = os.path.join(self.folder, "data")
        any_port = "tcp://127.0.0.1:*"
        broker = self.start(
            "broker", "broker", "--frontend", any_port, "--backend", any_port, "--events", any_port,
            "--data-dir", data,
        )
        path = os.path.join(data, "endpoints.json")
        wait_for(lambda: os.path.exists(path) or broker.poll() is not None, "the broker to listen")
        if broker.poll() is not None:
            raise DemoError("the broker ended:\n" + self.log_tail("broker"))
        with open(path) as file:
            endpoints = json.load(file)
        self.frontend, self.backend = endpoints["frontend"], endpoints["backend"]

    def start_worker(self, name, version):
        return self.start(
            name, "worker", "--model", "digits", "--version", version, "--repository", MODELS,
            "--broker", self.backend, "--name", name,
        )

    def augury(self, *arguments, check=True):
        command = [os.path.join(BIN, "augury"), *arguments, "--broker", self.frontend]
        result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if check and result.returncode != 0:
            raise DemoError(f"augury {' '.join(arguments)}: exit code {result.returncode}\n{result.stderr}")
        return result.stdout

    def wait_until_ready(self, count):
        def all_ready():
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise DemoError(f"{name} ended:\n{self.log_tail(name)}")
            workers = json.loads(self.augury("workers", "--json"))["workers"]
            return sum(worker["state"] in ("ready", "busy") for worker in workers) == count

        wait_for(all_ready, f"{count} ready workers")

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + 15
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise DemoError(f"waited {PATIENCE:.0f} s for {what} in vain")
        time.sleep(0.05)


def start_cluster(cluster):
    cluster.start_broker()
    for name, version in (("digits-1-a", "1"), ("digits-2-a", "2"), ("digits-2-b", "2")):
        cluster.start_worker(name, version)
    cluster.wait_until_ready(3)
    say(f"broker at {cluster.frontend}; workers for digits@1 and digits@2 are ready")


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def heldout_labels():
    with open(LABELS) as file:
        return [json.loads(line) for line in file if line.strip()]


def predict_heldout(cluster):
    """Every held-out row on each version, one request a row; accuracy and latency from the replies."""
    labels = heldout_labels()
    say(f"\n{len(labels)} held-out rows, one request each")
    say(f"  {'version':<10} {'accuracy':>8} {'p50':>9} {'p99':>9}  workers")
    for version in ("1", "2"):
        lines = cluster.augury("predict", f"digits@{version}", "-f", HELDOUT, "--json").splitlines()
        replies = [json.loads(line) for line in lines]
        if len(replies) != len(labels):
            raise DemoError(f"{len(replies)} replies for {len(labels)} rows")
        for number, reply in enumerate(replies, start=1):
            if "prediction" not in reply or reply["row"] != number or reply["version"] != version:
                raise DemoError(f"row {number} on version {version} was answered with {reply}")
        right = sum(reply["prediction"]["label"] == label for reply, label in zip(replies, labels))
        latencies = [reply["latency_seconds"] * 1e3 for reply in replies]
        workers = ", ".join(sorted({reply["worker"] for reply in replies}))
        say(
            f"  digits@{version:<3} {right / len(labels):>8.4f} {quantile(latencies, 0.5):>6.2f} ms "
            f"{quantile(latencies, 0.99):>6.2f} ms  {workers}"
        )
        if right / len(labels) < 0.9:
            raise DemoError(f"accuracy of version {version} is too low to be true")


def predict_by_route(cluster, labels):
    """Every held-out row to whichever version the route chooses, with the truth told afterwards; counts by version."""
    lines = cluster.augury("predict", "digits", "-f", HELDOUT, "--json").splitlines()
    replies = [json.loads(line) for line in lines]
    if [reply.get("row") for reply in replies] != list(range(1, len(labels) + 1)):
        raise DemoError(f"{len(replies)} replies for {len(labels)} rows, or not in order")
    path = os.path.join(cluster.folder, "truth.jsonl")
    with open(path, "w") as out:
        for reply, label in zip(replies, labels):
            out.write(json.dumps({"id": reply["prediction_id"], "truth": label}) + "\n")
    receipt = json.loads(cluster.augury("feedback", "-f", path, "--json"))
    if receipt["accepted"] != len(labels):
        raise DemoError(f"feedback about {len(labels)} predictions was given, {receipt['accepted']} was taken in")
    versions = [reply["version"] for reply in replies]
    return {version: versions.count(version) for version in ("1", "2")}


def set_route(cluster, reason, *weights):
    cluster.augury("routes", "set", "digits", *weights, "--reason", reason)
    return f"routes set digits {' '.join(weights)}"


def copies_compared(cluster):
    comparison = json.loads(cluster.augury("compare", "digits", "1", "2", "--json"))
    agreement = comparison.get("agreement") or {}
    return {name: agreement.get(name, 0) for name in ("agreed", "differed", "failed", "incomparable")}


def canary(cluster):
    """From version 1 to version 2: as a shadow, with a tenth of the traffic, compared by what was true, promoted."""
    labels = heldout_labels()
    rows = len(labels)
    cluster.augury("feedback", "on", "digits")
    cluster.augury("capture", "set", "digits", "--share", "0.5")
    say("\ncanary from digits@1 to digits@2; the labels come as feedback, half of the predictions are captured")

    command = set_route(cluster, "shadow", "1=100", "--shadow", "2")
    counts = predict_by_route(cluster, labels)
    if counts != {"1": rows, "2": 0}:
        raise DemoError(f"a shadow must answer nobody, but versions answered {counts}")
    wait_for(lambda: sum(copies_compared(cluster).values()) >= 20, "copies to be compared")
    copies = copies_compared(cluster)
    if copies["failed"]:
        raise DemoError(f"copies failed: {copies}")
    say(f"  {command:<46} {sum(copies.values())} copies answered by digits@2 and compared, none failed")

    command = set_route(cluster, "canary", "1=90", "2=10")
    counts = {"1": 0, "2": 0}
    for _ in range(4):
        for version, count in predict_by_route(cluster, labels).items():
            counts[version] += count
    share = counts["2"] / (4 * rows)
    if not 0.05 < share < 0.15:
        raise DemoError(f"version 2 got {share:.1%} of the requests instead of about 10 %")
    say(f"  {command:<46} {4 * rows:,} requests, {share:.1%} of them to digits@2")
    say("$ augury compare digits 1 2\n" + cluster.augury("compare", "digits", "1", "2").rstrip())
    comparison = json.loads(cluster.augury("compare", "digits", "1", "2", "--json"))
    accuracy = next((metric for metric in comparison["metrics"] if metric["metric"] == "accuracy"), None)
    if accuracy is None or accuracy["verdict"] == "worse":
        raise DemoError(f"version 2 is not fit to be promoted: {accuracy}")

    command = set_route(cluster, "promote", "2=100")
    counts = predict_by_route(cluster, labels)
    if counts != {"1": 0, "2": rows}:
        raise DemoError(f"version 2 was promoted, but versions answered {counts}")
    say(f"  {command:<46} promoted: all {rows} requests to digits@2")

    path = os.path.join(cluster.folder, "captured.jsonl")
    cluster.augury("capture", "off", "digits")
    cluster.augury("capture", "export", "digits", "-o", path)
    with open(path) as file:
        records = [json.loads(line) for line in file]
    if not records or any("truth" not in record or record["probability"] != 0.5 for record in records):
        raise DemoError("the captured predictions are not a retraining set with the truth of each")
    say(f"  {len(records):,} captured predictions with inputs, outputs and truth, of {6 * rows:,}")


def write_batch_input(folder):
    with open(HELDOUT) as file:
        rows = [line.rstrip("\n") for line in file if line.strip()]
    path = os.path.join(folder, "rows.jsonl")
    with open(path, "w") as out:
        for number in range(BATCH_ROWS):
            out.write(rows[number % len(rows)] + "\n")
    return path


def submit(cluster, source, target):
    text = cluster.augury("jobs", "submit", "--model", "digits@2", "--input", source, "--output", target, "--json")
    return json.loads(text)["id"]


def run_job(cluster, source, target, on_the_way=None):
    """Runs a job to its end, shows its progress, and calls back once a quarter of its rows are done."""
    job = submit(cluster, source, target)
    problems = []

    def look_on():
        command = [os.path.join(BIN, "augury"), "jobs", "watch", job, "--json", "--broker", cluster.frontend]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) as watch:
            told = False
            for line in watch.stdout:
                update = json.loads(line)
                if not told and update["rows_done"] * 4 >= BATCH_ROWS:
                    told = True
                    if update["state"] != "running":
                        problems.append("the job was over before a worker could be killed; set AUGURY_DEMO_ROWS higher")
                    on_the_way(update)
            if not told:
                problems.append("the job never came to a quarter of its rows")

    onlooker = threading.Thread(target=look_on) if on_the_way else None
    if onlooker:
        onlooker.start()
    watch = subprocess.run(
        [os.path.join(BIN, "augury"), "jobs", "watch", job, "--broker", cluster.frontend], stdin=subprocess.DEVNULL
    )
    if onlooker:
        onlooker.join()
    if problems:
        raise DemoError("; ".join(problems))
    if watch.returncode != 0:
        raise DemoError(f"the job ended with exit code {watch.returncode}")
    return json.loads(cluster.augury("jobs", "show", job, "--json"))


def check_output(job, path, reference):
    if job["state"] != "succeeded" or job["rows_done"] != BATCH_ROWS or job["rows_failed"] != 0:
        raise DemoError(f"the job is not as it must be: {job}")
    with open(path, "rb") as ours, open(reference, "rb") as theirs:
        count = 0
        for number, (line, other) in enumerate(zip(ours, theirs), start=1):
            if line != other:
                raise DemoError(f"row {number} differs from the undisturbed prediction: {line} instead of {other}")
            count = number
        if ours.read(1) or theirs.read(1) or count != BATCH_ROWS:
            raise DemoError(f"the output has not exactly {BATCH_ROWS} rows")
    say(f"all {count:,} rows are there, once each, in order, and equal to the undisturbed run")


def batch_job(cluster):
    source = write_batch_input(cluster.folder)
    undisturbed = os.path.join(cluster.folder, "undisturbed.jsonl")
    disturbed = os.path.join(cluster.folder, "disturbed.jsonl")
    say(f"\nbatch job of {BATCH_ROWS:,} rows on digits@2, undisturbed")
    run_job(cluster, source, undisturbed)

    def kill_worker(update):
        victim = cluster.processes["digits-2-a"]
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        say(f"\nSIGKILL to worker digits-2-a at row {update['rows_done']:,}")

    say("\nthe same again, and one of its two workers is killed on the way")
    job = run_job(cluster, source, disturbed, on_the_way=kill_worker)
    check_output(job, disturbed, undisturbed)


def tables(cluster):
    def casualty_noticed():
        workers = json.loads(cluster.augury("workers", "--json"))["workers"]
        return all(worker["name"] != "digits-2-a" for worker in workers)

    wait_for(casualty_noticed, "the broker to notice the dead worker")
    say("\n$ augury workers\n" + cluster.augury("workers").rstrip())
    say("\n$ augury status\n" + cluster.augury("status").rstrip())
    counters = json.loads(cluster.augury("status", "--json"))["counters"]
    if counters["workers_lost"] != 1:
        raise DemoError(f"one worker was killed, the broker counts {counters['workers_lost']} lost")
    say(f"\nworkers lost: {counters['workers_lost']}, work handed out again: {counters['work_retried']}")


def main():
    folder = tempfile.mkdtemp(prefix="augury-demo-")
    cluster = Cluster(folder)
    try:
        start_cluster(cluster)
        predict_heldout(cluster)
        canary(cluster)
        batch_job(cluster)
        tables(cluster)
    except (DemoError, OSError, KeyError, ValueError) as error:
        say(f"demo: failed: {error}")
        for name in cluster.processes:
            say(f"--- {name}\n{cluster.log_tail(name)}")
        return 1
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if cluster.processes["broker"].returncode != 0:
        say(f"demo: failed: the broker ended with {cluster.processes['broker'].returncode} on SIGTERM")
        return 1
    say("demo: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
