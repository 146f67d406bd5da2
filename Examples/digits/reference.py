#!/usr/bin/env python3
"""Writes what Python's ONNX Runtime answers to every held-out row, for tests to hold a served model against.

One file a version, one line a row, in the order of `heldout.jsonl`: the form in which a cluster answers.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent / "models" / "digits"
# What it takes to tell two neighbouring floats of 32 bits apart.
DIGITS = 9


def held_out_rows() -> np.ndarray:
    """The rows of `heldout.jsonl` as the models take them."""
    with open(HERE / "heldout.jsonl", encoding="ascii") as file:
        return np.array([json.loads(line) for line in file], dtype=np.float32)


def write_reference(version: str, rows: np.ndarray) -> None:
    """The answers of one version to all rows in one call."""
    session = onnxruntime.InferenceSession(MODELS / version / "model.onnx", providers=["CPUExecutionProvider"])
    labels, probabilities = session.run(["label", "probabilities"], {"X": rows})
    path = HERE / f"reference.{version}.jsonl"
    with open(path, "w", encoding="ascii") as file:
        for label, row in zip(labels, probabilities, strict=True):
            answer = {"label": int(label), "probabilities": [float(f"{p:.{DIGITS}g}") for p in row]}
            file.write(json.dumps(answer, separators=(",", ":")) + "\n")
    print(f"{path.name}: {len(rows)} rows by ONNX Runtime {onnxruntime.__version__}")


def main() -> None:
    """Answers for every version there is."""
    rows = held_out_rows()
    for folder in sorted(MODELS.iterdir()):
        write_reference(folder.name, rows)


if __name__ == "__main__":
    main()
