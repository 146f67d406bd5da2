#!/usr/bin/env python3
"""The script that a batch job stands beside: orjson, NumPy and ONNX Runtime, one process, one thread, nothing durable.

    bench_batch_rival.py MODEL INPUT OUTPUT        predicts and prints rows and seconds, start and loading left out
    bench_batch_rival.py --compare OUTPUT OUTPUT   whether two outputs hold the same values, row by row
"""

import itertools
import json
import sys
import time

import orjson

BATCH_SIZE = 256


def predict(model, source, target):
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    session.run(None, {name: numpy.zeros((1, 64), dtype=numpy.float32)})
    rows = 0
    started_at, used_before = time.perf_counter(), time.process_time()
    with open(source, "rb") as lines, open(target, "wb") as out:
        while batch := list(itertools.islice(lines, BATCH_SIZE)):
            pixels = numpy.array([orjson.loads(line) for line in batch], dtype=numpy.float32)
            labels, probabilities = session.run(None, {name: pixels})
            for label, row in zip(labels.tolist(), probabilities):
                # NumPy's own numbers: several times faster than lists of Python's, and printed as what they are.
                out.write(
                    orjson.dumps(
                        {"label": label, "probabilities": row},
                        option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE,
                    )
                )
            rows += len(batch)
    seconds, used = time.perf_counter() - started_at, time.process_time() - used_before
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu_seconds": used}))


def compare(ours, theirs):
    import numpy

    count = 0
    with open(ours, "rb") as left, open(theirs, "rb") as right:
        for one, other in itertools.zip_longest(left, right):
            count += 1
            if one is None or other is None:
                sys.exit(f"the outputs are not equally long: one ends before row {count}")
            one, other = orjson.loads(one), orjson.loads(other)
            same = one["label"] == other["label"] and numpy.array_equal(
                numpy.array(one["probabilities"], dtype=numpy.float32),
                numpy.array(other["probabilities"], dtype=numpy.float32),
            )
            if not same:
                sys.exit(f"row {count} differs: {one} and {other}")


if __name__ == "__main__":
    if sys.argv[1] == "--compare":
        compare(*sys.argv[2:])
    else:
        predict(*sys.argv[1:])
