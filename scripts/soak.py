#!/usr/bin/env python3
"""Batch jobs under fire: whatever is killed, stalled or torn on the way, the files must be those of an undisturbed run.

Rounds of one job each, for AUGURY_SOAK_SECONDS (600). In a round broker, runners and workers are killed with SIGKILL at
random moments, one at a time or all at once; after some of the latter, what the partial files hold beyond the last
checkpoint is torn as a loss of power might tear it; runners are stopped past their lease and go on. Everything is
started again a moment later. At the end of a round output and errors file are compared by SHA-256 with those of a run
before the first fault.

Settings: AUGURY_SOAK_SECONDS, AUGURY_SOAK_ROWS (2,000,000), AUGURY_SOAK_SEED (random, printed), AUGURY_SOAK_LEASE (in
seconds, of runners apart: 3), AUGURY_BIN (where the programs are: .build/release). The kinds of faults and the pauses
between them follow from the seed; where they meet the job does not.
Exits with 0 if every round was as it must be.
"""

import ctypes
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.environ.get("AUGURY_BIN", os.path.join(ROOT, ".build", "release"))
HELDOUT = os.path.join(ROOT, "Examples", "digits", "heldout.jsonl")
MODELS = os.path.join(ROOT, "Examples", "models")
SECONDS = float(os.environ.get("AUGURY_SOAK_SECONDS", "600"))
ROWS = int(os.environ.get("AUGURY_SOAK_ROWS", "2000000"))
SEED = int(os.environ.get("AUGURY_SOAK_SEED", random.SystemRandom().randrange(1 << 32)))
LEASE = float(os.environ.get("AUGURY_SOAK_LEASE", "3"))
WORKERS = 3
PATIENCE = 120.0
BAD_ROWS = ['{"x":"no such input"}', "[1,2,3]", '"seven"', "[0,0", "null", '[' + ",".join(["1e999"] * 64) + "]"]
ENDED = ("succeeded", "failed", "cancelled", "expired")


class SoakError(Exception):
    pass


def say(text):
    print(text, flush=True)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


class Slot:
    """A place that has a process in it: started, killed, and started again."""

    def __init__(self, name, log, command):
        self.name, self.log, self.command = name, log, command
        self.process = None
        self.start_at = 0.0
        self.resume_at = None

    @property
    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                preexec_fn=die_with_parent,
            )

    def kill(self):
        """True if there was something to kill."""
        if not self.is_alive:
            return False
        self.process.kill()
        self.process.wait()
        self.resume_at = None
        return True

    def stall(self, seconds):
        if not self.is_alive or self.resume_at is not None:
            return False
        os.kill(self.process.pid, signal.SIGSTOP)
        self.resume_at = time.monotonic() + seconds
        return True

    def tend(self, now):
        """Starts what is due, lets go on what was stopped."""
        if self.resume_at is not None and now >= self.resume_at:
            self.resume_at = None
            if self.is_alive:
                os.kill(self.process.pid, signal.SIGCONT)
        if not self.is_alive and now >= self.start_at:
            if self.process is not None and self.process.returncode not in (0, -signal.SIGKILL):
                # Exit codes other than those of a kill are the program's own word that something is wrong.
                raise SoakError(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
            self.start()

    def stop(self):
        if self.resume_at is not None and self.is_alive:
            os.kill(self.process.pid, signal.SIGCONT)
            self.resume_at = None
        if self.is_alive:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def tail(self):
        try:
            with open(self.log, errors="replace") as log:
                return "".join(log.readlines()[-12:])
        except OSError:
            return ""


class Cluster:
    """A broker, runners of its own or apart, and workers, over one data directory."""

    def __init__(self, folder):
        self.folder = folder
        self.data = os.path.join(folder, "data")
        self.endpoints = ["tcp://127.0.0.1:*"] * 3
        self.runners_apart = 0
        self.has_runners = program_knows("augury", ["jobs", "run", "--help"], "jobs run")
        self.slots = []

    def log(self, name):
        return os.path.join(self.folder, name + ".log")

    def broker_command(self):
        frontend, backend, events = self.endpoints
        command = [
            os.path.join(BIN, "broker"), "--frontend", frontend, "--backend", backend, "--events", events,
            "--data-dir", self.data,
        ]
        return command + (["--no-job-runner"] if self.runners_apart else [])

    def start(self, runners_apart):
        self.runners_apart = runners_apart
        self.broker = Slot("broker", self.log("broker"), self.broker_command)
        path = os.path.join(self.data, "endpoints.json")
        self.broker.start()
        wait_for(lambda: os.path.exists(path) or not self.broker.is_alive, "the broker to listen")
        if not self.broker.is_alive:
            raise SoakError("the broker ended:\n" + self.broker.tail())
        with open(path) as file:
            told = json.load(file)
        # From here on always the same ones, so that peers find a new broker.
        self.endpoints = [told["frontend"], told["backend"], told["events"]]
        self.runners = [self.make_runner(f"runner-{number}") for number in range(runners_apart)]
        self.workers = [self.make_worker(f"worker-{number}") for number in range(WORKERS)]
        self.slots = [self.broker, *self.runners, *self.workers]
        self.tend()

    def make_runner(self, name):
        command = [
            os.path.join(BIN, "augury"), "jobs", "run", "--broker", self.endpoints[0], "--data-dir", self.data,
            "--lease-seconds", str(LEASE),
        ]
        # One takes its jobs up again at once, under its name; what the other leaves, somebody takes over.
        command += ["--name", name] if name == "runner-0" else []
        return Slot(name, self.log(name), lambda: command)

    def make_worker(self, name):
        command = [
            os.path.join(BIN, "worker"), "--model", "digits", "--version", "2", "--repository", MODELS,
            "--broker", self.endpoints[1], "--name", name,
        ]
        return Slot(name, self.log(name), lambda: command)

    def tend(self):
        now = time.monotonic()
        for slot in self.slots:
            slot.tend(now)

    def stop(self):
        for slot in self.slots[::-1]:
            slot.stop()
        self.slots = []

    def kill_all(self):
        for slot in self.slots:
            slot.kill()

    def augury(self, *arguments):
        command = [os.path.join(BIN, "augury"), *arguments, "--broker", self.endpoints[0]]
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)

    def jobs(self, condition, *values):
        """Rows of the store's table of jobs; none while it is busy."""
        path = os.path.join(self.data, "augury.db")
        try:
            connection = sqlite3.connect(path, timeout=2)
            try:
                connection.row_factory = sqlite3.Row
                return connection.execute(f"SELECT * FROM job WHERE {condition}", values).fetchall()
            finally:
                connection.close()
        except sqlite3.OperationalError:
            return []


def program_knows(program, arguments, word):
    result = subprocess.run([os.path.join(BIN, program), *arguments], capture_output=True, text=True)
    return result.returncode == 0 and word in result.stdout


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise SoakError(f"waited {PATIENCE:.0f} s for {what} in vain")
        time.sleep(0.02)


class Faults:
    """What goes wrong, by a seeded schedule, and the count of it."""

    def __init__(self, cluster, seed):
        self.cluster = cluster
        self.dice = random.Random(seed)
        self.counts = {}
        self.next_at = 0.0
        self.needs_progress = False

    @property
    def kills(self):
        return sum(count for kind, count in self.counts.items() if kind.startswith("kill"))

    def count(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def schedule(self, now):
        self.next_at = now + min(4.0, self.dice.expovariate(1.0))

    def strike(self, now, has_advanced):
        """Does what is due. What takes the job's own processes waits until the job has got on since the last time."""
        if now < self.next_at:
            return
        kinds = {"kill worker": 10}
        if has_advanced or not self.needs_progress:
            kinds |= {"kill broker": 5, "kill everything": 3, "kill everything, tear files": 4}
            kinds |= {"kill runner": 6, "stall runner": 3} if self.cluster.runners else {"stall broker": 1}
        kind = self.dice.choices(list(kinds), list(kinds.values()))[0]
        if getattr(self, kind.split(",")[0].replace(" ", "_"))(now, "tear" in kind):
            self.count(kind)
            self.needs_progress = kind != "kill worker"
        self.schedule(now)

    def kill_one(self, slots, now):
        slot = self.dice.choice(slots)
        slot.start_at = now + self.dice.uniform(0, 0.5)
        return slot.kill()

    def kill_worker(self, now, _):
        return self.kill_one(self.cluster.workers, now)

    def kill_broker(self, now, _):
        return self.kill_one([self.cluster.broker], now)

    def kill_runner(self, now, _):
        return self.kill_one(self.cluster.runners, now)

    def kill_everything(self, now, tears):
        for slot in self.cluster.slots:
            slot.start_at = now + self.dice.uniform(0, 0.5)
        self.cluster.kill_all()
        if tears:
            self.tear()
        return True

    def stall_runner(self, now, _):
        # Longer than its lease at times, so that it wakes as one that may not write any more.
        return self.dice.choice(self.cluster.runners).stall(LEASE * self.dice.uniform(0.2, 1.6))

    def stall_broker(self, now, _):
        return self.cluster.broker.stall(self.dice.uniform(0.5, 5))

    def tear(self):
        """What a loss of power may do to bytes that were never synced: they are gone in part, or are something else."""
        for job in self.cluster.jobs("state = 'running'"):
            for path, length in ((job["output"], job["output_length"]), (job["errors"], job["errors_length"])):
                path += ".partial"
                if os.path.exists(path) and os.path.getsize(path) >= length:
                    self.tear_file(path, length)

    def tear_file(self, path, length):
        size = os.path.getsize(path)
        way = self.dice.choice(("cut", "zeros", "noise", "longer"))
        with open(path, "r+b") as file:
            if way == "cut":
                file.truncate(self.dice.randint(length, size))
            elif way == "longer":
                file.seek(size)
                file.write(self.dice.randbytes(self.dice.randint(1, 100_000)))
            elif size > length:
                start = self.dice.randint(length, size - 1)
                file.seek(start)
                count = min(size - start, 1 << 20)
                file.write(bytes(count) if way == "zeros" else self.dice.randbytes(count))
        self.count(f"file torn: {way}")


class Soak:
    def __init__(self, folder):
        self.folder = folder
        self.cluster = Cluster(folder)
        self.faults = Faults(self.cluster, SEED)
        self.input = os.path.join(folder, "rows.jsonl")
        self.reference = None

    def write_input(self):
        """Rows of the held-out set over and over; one in 997 is bad, each time in another way."""
        with open(HELDOUT) as file:
            rows = [line.rstrip("\n") for line in file if line.strip()]
        self.bad_rows = len(range(500, ROWS, 997))
        with open(self.input, "w") as out:
            for number in range(ROWS):
                is_bad = number % 997 == 500
                out.write((BAD_ROWS[number // 997 % len(BAD_ROWS)] if is_bad else rows[number % len(rows)]) + "\n")

    def submit(self, name):
        output = os.path.join(self.folder, name + ".jsonl")
        deadline = time.monotonic() + PATIENCE
        while True:
            result = self.cluster.augury(
                "jobs", "submit", "--model", "digits@2", "--input", self.input, "--output", output, "--json"
            )
            if result.returncode == 0:
                return json.loads(result.stdout)["id"], output
            if time.monotonic() > deadline:
                raise SoakError(f"the job cannot be submitted: {result.stderr}")
            self.cluster.tend()
            time.sleep(0.1)

    def run_job(self, name, disturbed):
        job, output = self.submit(name)
        done, changed_at = -1, time.monotonic()
        self.faults.needs_progress = True
        self.faults.schedule(changed_at)
        while True:
            now = time.monotonic()
            self.cluster.tend()
            rows = self.cluster.jobs("id = ?", int(job))
            advanced = False
            if rows:
                if rows[0]["state"] in ENDED:
                    return self.check(rows[0], output)
                advanced = rows[0]["input_offset"] != done
                if advanced:
                    done, changed_at = rows[0]["input_offset"], now
            if now - changed_at > PATIENCE:
                raise SoakError(f"job {job} has not got on for {PATIENCE:.0f} s")
            if disturbed and rows and rows[0]["state"] != "queued":
                self.faults.needs_progress = self.faults.needs_progress and not advanced
                self.faults.strike(now, advanced)
            time.sleep(0.02)

    def check(self, job, output):
        if job["state"] != "succeeded":
            raise SoakError(f"job {job['id']} is {job['state']}: {job['message']}")
        errors = output.removesuffix(".jsonl") + ".errors.jsonl"
        found = {path: digest(path) for path in (output, errors)}
        (lines, _), (error_lines, _) = found.values()
        if (lines, error_lines) != (ROWS - self.bad_rows, self.bad_rows):
            raise SoakError(f"job {job['id']} has {lines} predictions and {error_lines} errors of {ROWS} rows")
        sums = [value[1] for value in found.values()]
        if self.reference is None:
            self.reference = sums
        elif sums != self.reference:
            raise SoakError(f"the files of job {job['id']} differ from the undisturbed ones: {output}, {errors}")
        for path in (output, errors):
            if os.path.exists(path + ".partial"):
                raise SoakError(f"job {job['id']} has left {path}.partial")
        if self.reference is not sums:
            os.remove(output)
            os.remove(errors)

    def run(self):
        self.write_input()
        say(f"soak: seed {SEED}, {ROWS:,} rows, {self.bad_rows:,} of them bad, {SECONDS:.0f} s, {BIN}")
        self.cluster.start(runners_apart=0)
        started = time.monotonic()
        self.run_job("undisturbed", disturbed=False)
        say(f"undisturbed: {time.monotonic() - started:.1f} s, sha256 {self.reference[0]}")
        deadline = time.monotonic() + SECONDS
        rounds = 0
        while rounds == 0 or time.monotonic() < deadline:
            rounds += 1
            self.cluster.stop()
            apart = self.faults.dice.choice((0, 1, 2)) if self.cluster.has_runners else 0
            self.cluster.start(runners_apart=apart)
            before, started = self.faults.kills, time.monotonic()
            self.run_job(f"round-{rounds}", disturbed=True)
            runner = ("the broker's own runner", "one runner apart", "two runners apart")[apart]
            kills, seconds = self.faults.kills - before, time.monotonic() - started
            say(f"round {rounds}: {seconds:.1f} s, {kills} kills, {runner}, files as they must be")
        self.cluster.stop()
        return rounds


def digest(path):
    """Lines and SHA-256 of a file."""
    lines, total = 0, hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            lines += block.count(b"\n")
            total.update(block)
    return lines, total.hexdigest()


def main():
    folder = tempfile.mkdtemp(prefix="augury-soak-")
    soak = Soak(folder)
    is_good = False
    try:
        rounds = soak.run()
        is_good = True
    except (SoakError, OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
        say(f"soak: failed: seed={SEED}: {error}")
        for slot in soak.cluster.slots:
            say(f"--- {slot.name}\n{slot.tail()}")
    finally:
        soak.cluster.kill_all()
        for kind, count in sorted(soak.faults.counts.items()):
            say(f"  {count:>5}  {kind}")
        if is_good:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            say(f"the files are left in {folder}")
    if is_good:
        output, errors = soak.reference
        say(f"soak: ok kills={soak.faults.kills} sha256={output} errors_sha256={errors} rounds={rounds} seed={SEED}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
