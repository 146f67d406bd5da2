#!/usr/bin/env python3
"""How long broker and worker take until they are ready, and what an idle broker and idle connections take of memory.

Needs the release build and the Benchmarks package's. Each figure is printed as `bench: NAME ratio=R min=A max=B`, the
median and the extremes of what was measured to its goal: below 1 is within it.
"""

import json
import os
import re
import signal
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import demo

sys.path.insert(0, os.path.join(demo.ROOT, ".augury", "python"))
import zmq  # noqa: E402  setup.sh puts it there

BENCH = os.path.join(demo.ROOT, "Benchmarks", ".build", "release", "augury-bench")
ROUNDS = int(os.environ.get("AUGURY_BENCH_ROUNDS", "5"))
JOBS = int(os.environ.get("AUGURY_BENCH_JOBS", "100"))
PREDICTIONS = int(os.environ.get("AUGURY_BENCH_PREDICTIONS", "1000000"))

READY_GOAL = 0.1
IDLE_GOAL = 30 * 1000 * 1000
# An idle broker has given back by then what only its start needed.
IDLE_AFTER = 2.5
CONTROL = 0x03


def report(name, values, goal):
    ratios = sorted(value / goal for value in values)
    print(
        f"bench: {name} ratio={statistics.median(ratios):.3f} min={ratios[0]:.3f} max={ratios[-1]:.3f}", flush=True)


class Caller:
    """Calls the broker itself."""

    def __init__(self, endpoint):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.request = 0

    def call(self, method, **arguments):
        self.request += 1
        name = method.encode()
        header = struct.pack(">4sBBBBQB", b"AUG\x01", CONTROL, 0, 1, 0, self.request, len(name)) + name
        self.socket.send_multipart([header, json.dumps(arguments).encode()])
        if not self.socket.poll(30_000):
            raise demo.DemoError(f"the broker does not answer {method}")
        reply, body = self.socket.recv_multipart()[:2]
        if reply[16] != 0:
            raise demo.DemoError(f"{method} was refused: {body.decode(errors='replace')}")
        return json.loads(body)

    def close(self):
        self.socket.close()


class Broker:
    """A broker of its own, timed from its start to its first answer."""

    def __init__(self, data):
        any_port = "tcp://127.0.0.1:*"
        file = os.path.join(data, "endpoints.json")
        started = time.monotonic()
        self.process = subprocess.Popen(
            [
                os.path.join(demo.BIN, "broker"), "--frontend", any_port, "--backend", any_port, "--events", any_port,
                "--data-dir", data, "--log-level", "error",
            ],
            stdin=subprocess.DEVNULL,
        )
        while not os.path.exists(file):
            if self.process.poll() is not None or time.monotonic() - started > demo.PATIENCE:
                raise demo.DemoError("the broker did not start")
            time.sleep(0.0005)
        with open(file) as endpoints:
            addresses = json.load(endpoints)
        self.frontend, self.backend = addresses["frontend"], addresses["backend"]
        self.caller = Caller(self.frontend)
        self.caller.call("status")
        self.seconds = time.monotonic() - started

    def memory(self):
        """Resident bytes, and those of them that are nobody else's and in no file."""
        with open(f"/proc/{self.process.pid}/status") as status:
            figures = dict(re.findall(r"^(\w+):\s+(\d+) kB", status.read(), re.M))
        return int(figures["VmRSS"]) * 1024, int(figures["RssAnon"]) * 1024

    def stop(self):
        self.caller.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def make_history(data):
    """A data directory that has seen something: ended jobs, changed routes, remembered predictions."""
    broker = Broker(data)
    worker = start_worker(broker, "history")
    try:
        await_ready(broker, worker, "history")
        for index in range(JOBS):
            broker.caller.call(
                "jobs.submit", model="digits", version="2", input=demo.HELDOUT,
                output=os.path.join(data, f"out-{index}.jsonl"))
            broker.caller.call(
                "routes.set", model="digits", route={"variants": [{"version": "2", "weight": str(index + 1)}]})
        demo.wait_for(
            lambda: all(job["state"] == "succeeded" for job in broker.caller.call("jobs.list")["jobs"]), "the jobs")
    finally:
        worker.terminate()
        worker.wait(30)
        broker.stop()
    with sqlite3.connect(os.path.join(data, "augury.db")) as database:
        database.executemany(
            "INSERT INTO prediction (id, model, version, epoch, predicted, made_at) "
            "VALUES (?, 'digits', '2', 3, '[7]', ?)",
            ((index, time.time()) for index in range(PREDICTIONS)),
        )
    database.close()
    return os.path.getsize(os.path.join(data, "augury.db"))


def start_worker(broker, name):
    return subprocess.Popen(
        [
            os.path.join(demo.BIN, "worker"), "--model", "digits", "--version", "2", "--repository", demo.MODELS,
            "--broker", broker.backend, "--name", name, "--log-level", "error",
        ],
        stdin=subprocess.DEVNULL,
    )


def await_ready(broker, process, name):
    """Returns what the broker says of the worker once it is ready."""
    deadline = time.monotonic() + demo.PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        for worker in broker.caller.call("workers")["workers"]:
            if worker["name"] == name and worker["state"] in ("ready", "busy"):
                return worker
        time.sleep(0.0005)
    raise demo.DemoError(f"worker {name} did not get ready")


def measure_broker(folder):
    old = os.path.join(folder, "old")
    size = make_history(old)
    new_seconds, old_seconds, resident, private = [], [], [], []
    for index in range(ROUNDS):
        for data, seconds in ((os.path.join(folder, f"new-{index}"), new_seconds), (old, old_seconds)):
            broker = Broker(data)
            seconds.append(broker.seconds)
            time.sleep(IDLE_AFTER)
            total, anonymous = broker.memory()
            resident.append(total)
            private.append(anonymous)
            broker.stop()
    print(
        f"broker: first answer after {1000 * statistics.median(new_seconds):.0f} ms, "
        f"{1000 * statistics.median(old_seconds):.0f} ms with {JOBS} jobs and {size / 1e6:.0f} MB of history; "
        f"idle {statistics.median(resident) / 1e6:.1f} MB resident, {statistics.median(private) / 1e6:.1f} MB of them "
        "its own"
    )
    report("broker-ready-new", new_seconds, READY_GOAL)
    report("broker-ready-history", old_seconds, READY_GOAL)
    report("broker-idle-memory", resident, IDLE_GOAL)


def measure_worker(folder):
    broker = Broker(os.path.join(folder, "worker"))
    beyond, loads = [], []
    try:
        for index in range(2 * ROUNDS):
            name = f"timed-{index}"
            started = time.monotonic()
            process = start_worker(broker, name)
            worker = await_ready(broker, process, name)
            seconds = time.monotonic() - started
            loads.append(worker["load_seconds"])
            beyond.append(seconds - worker["load_seconds"])
            process.terminate()
            process.wait(30)
    finally:
        broker.stop()
    print(
        f"worker: ready {1000 * statistics.median(beyond):.0f} ms beyond the {1000 * statistics.median(loads):.0f} ms "
        "in which its model is loaded and warmed up")
    report("worker-ready-beyond-load", beyond, READY_GOAL)


def main():
    with tempfile.TemporaryDirectory(prefix="augury-footprint-") as folder:
        measure_broker(folder)
        measure_worker(folder)
        subprocess.run(
            [BENCH, "connections", "--programs", demo.BIN, "--rounds", str(min(ROUNDS, 3))], check=True,
            env={**os.environ, "TMPDIR": folder})


if __name__ == "__main__":
    try:
        main()
    except demo.DemoError as error:
        print(f"bench: error: {error}", file=sys.stderr)
        sys.exit(1)
