"""Builds what measures: the package in Benchmarks, and the library that counts allocations."""

import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILT = os.path.join(ROOT, "Benchmarks", ".build")
BENCH = os.path.join(BUILT, "release", "augury-bench")
COUNTER = os.path.join(BUILT, "count-allocations.so")


class BuildError(Exception):
    """A command failed; the text has what it said."""


def build():
    """Brings both up to date; silent unless it fails."""
    os.makedirs(BUILT, exist_ok=True)
    # SwiftPM looks for new files in a package that another one names by its path only if it plans anew.
    os.utime(os.path.join(ROOT, "Benchmarks", "Package.swift"))
    run("swift", "build", "-c", "release", "--package-path", "Benchmarks")
    run("cc", "-O2", "-shared", "-fPIC", "-o", COUNTER, "Benchmarks/count-allocations.c")


def run(*command):
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        raise BuildError(f"'{' '.join(command)}' failed:\n{result.stdout}")
