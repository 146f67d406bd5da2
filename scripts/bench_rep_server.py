#!/usr/bin/env python3
"""The plainest server of predictions over ZeroMQ: one process, one thread, a REP socket and ONNX Runtime.

    bench_rep_server.py MODEL    binds a port of its own, prints its endpoint, and serves until it is killed

A request is one part, the raw FP32 of any number of rows; the reply has a part for each output, raw too. No broker, no
JSON, no batching of requests, nothing checked.
"""

import sys

import bench_packages

bench_packages.use()

import numpy  # noqa: E402
import onnxruntime  # noqa: E402
import zmq  # noqa: E402

FEATURES = 64


def main():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    session.run(None, {name: numpy.zeros((1, FEATURES), dtype=numpy.float32)})
    socket = zmq.Context().socket(zmq.REP)
    socket.bind("tcp://127.0.0.1:*")
    print(socket.getsockopt_string(zmq.LAST_ENDPOINT), flush=True)
    while True:
        rows = numpy.frombuffer(socket.recv(), dtype=numpy.float32).reshape(-1, FEATURES)
        socket.send_multipart(session.run(None, {name: rows}))


if __name__ == "__main__":
    main()
