#!/usr/bin/env python3
"""Trains the two versions of the `digits` example model and writes their files.

The data are scikit-learn's 1,797 handwritten digits: 8 x 8 pixels of 0 to 16, and the digit each one shows. A quarter
of them, with every digit equally represented, is kept out of the training and written down, so that a served model
can be judged on rows it has never seen.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

SEED = 20240
HELD_OUT_SHARE = 0.25
# Operator sets and file format old enough for every ONNX Runtime since 1.18.
TARGET_OPSET = {"": 21, "ai.onnx.ml": 3}
IR_VERSION = 10

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent / "models" / "digits"


def classifiers() -> dict[int, object]:
    """The untrained classifier behind each version number."""
    return {
        1: LogisticRegression(C=0.1, max_iter=1000),
        2: MLPClassifier(hidden_layer_sizes=(128, 64), max_iter=300, random_state=SEED),
    }


def convert(pipeline, version: int) -> onnx.ModelProto:
    """The trained pipeline as ONNX: `X float[?,64]` in, `label int64[?]` and `probabilities float[?,10]` out."""
    model = to_onnx(
        pipeline,
        name=f"digits-{version}",
        initial_types=[("X", FloatTensorType([None, 64]))],
        options={"zipmap": False},
        target_opset=TARGET_OPSET,
    )
    model.ir_version = IR_VERSION
    # The converter lists a domain once for every step of the pipeline.
    domains = {entry.domain: entry.version for entry in model.opset_import}
    del model.opset_import[:]
    model.opset_import.extend(onnx.helper.make_opsetid(domain, domains[domain]) for domain in sorted(domains))
    onnx.checker.check_model(model, full_check=True)
    return model


def shapes(tensors) -> list[str]:
    """What ONNX Runtime says of a model's inputs or outputs, one readable entry each."""
    return [f"{t.name} {t.type}[{','.join('?' if d is None else str(d) for d in t.shape)}]" for t in tensors]


def write_held_out(rows: np.ndarray, labels: np.ndarray) -> None:
    """The held-out rows, one array of 64 numbers a line, and their labels in the same order."""
    with open(HERE / "heldout.jsonl", "w", encoding="ascii") as file:
        file.writelines(json.dumps([int(pixel) for pixel in row], separators=(",", ":")) + "\n" for row in rows)
    with open(HERE / "heldout.labels.jsonl", "w", encoding="ascii") as file:
        file.writelines(f"{label}\n" for label in labels)


def report(path: Path, pipeline, rows: np.ndarray, labels: np.ndarray) -> None:
    """Loads the written file with ONNX Runtime, holds it against scikit-learn and prints its accuracy."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    label, probabilities = session.run(["label", "probabilities"], {"X": rows.astype(np.float32)})
    if not np.array_equal(label, pipeline.predict(rows)):
        raise SystemExit(f"{path}: labels differ from scikit-learn's")
    difference = float(np.abs(probabilities - pipeline.predict_proba(rows)).max())
    if difference > 1e-5:
        raise SystemExit(f"{path}: probabilities differ from scikit-learn's by up to {difference:.1e}")
    right = int((label == labels).sum())
    print(f"{path.relative_to(HERE.parent)}  {path.stat().st_size:,} bytes")
    print(f"  in   {', '.join(shapes(session.get_inputs()))}")
    print(f"  out  {', '.join(shapes(session.get_outputs()))}")
    print(f"  held out: {right} of {len(labels)} right, accuracy {right / len(labels):.4f}")


def main() -> None:
    """Splits, trains, converts, writes and checks."""
    data = load_digits()
    train_rows, held_out_rows, train_labels, held_out_labels = train_test_split(
        data.data, data.target, test_size=HELD_OUT_SHARE, stratify=data.target, random_state=SEED
    )
    write_held_out(held_out_rows, held_out_labels)
    for version, classifier in classifiers().items():
        pipeline = make_pipeline(StandardScaler(), classifier)
        # One thread: sums over several would depend on how many cores the machine has.
        with threadpool_limits(1):
            pipeline.fit(train_rows, train_labels)
        path = MODELS / str(version) / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(convert(pipeline, version).SerializeToString(deterministic=True))
        report(path, pipeline, held_out_rows, held_out_labels)


if __name__ == "__main__":
    main()
