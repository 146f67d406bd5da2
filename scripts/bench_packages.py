"""The Python packages that other servers and scripts are measured with, from PyPI into .augury/bench-python."""

import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, ".augury", "bench-python")
# pyzmq is where scripts/setup.sh puts it.
PYZMQ = os.path.join(ROOT, ".augury", "python")
# ONNX Runtime in the version that the workers load.
REQUIREMENTS = {"onnxruntime": "1.28.0", "orjson": "3.13.0", "numpy": "2.4.6"}


def fetch():
    """Fetches what is not there yet, in the versions that are named."""
    wanted = " ".join(f"{name}=={version}" for name, version in REQUIREMENTS.items())
    stamp = os.path.join(FOLDER, "fetched")
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    shutil.rmtree(FOLDER, ignore_errors=True)
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "install",
            "--only-binary=:all:", "--root-user-action=ignore", "--target", FOLDER, *wanted.split(),
        ],
        check=True,
    )
    with open(stamp, "w") as file:
        file.write(wanted)


def use():
    """Makes the packages importable, fetched if need be."""
    fetch()
    sys.path[:0] = [FOLDER, PYZMQ]
