"""Makes the small ONNX models of these tests and what Python's onnxruntime says about them.

Run in this folder with: python3 -m pip install onnx==1.23.2 onnxruntime==1.28.0 numpy==2.4.6 ml_dtypes==0.6.0
For each model NAME there is NAME.onnx and, if it is to be run, NAME.request.json and NAME.reply.json in the form of
the Open Inference Protocol. Floats are written with all their digits.
"""

import json

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

OPSET = 20
PROTOCOL_NAMES = {
    "bool": "BOOL", "uint8": "UINT8", "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64", "int8": "INT8",
    "int16": "INT16", "int32": "INT32", "int64": "INT64", "float16": "FP16", "bfloat16": "BF16", "float32": "FP32",
    "float64": "FP64", "object": "BYTES",
}
TYPES = {
    "bool": TensorProto.BOOL, "uint8": TensorProto.UINT8, "uint16": TensorProto.UINT16, "uint32": TensorProto.UINT32,
    "uint64": TensorProto.UINT64, "int8": TensorProto.INT8, "int16": TensorProto.INT16, "int32": TensorProto.INT32,
    "int64": TensorProto.INT64, "fp16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16, "fp32": TensorProto.FLOAT,
    "fp64": TensorProto.DOUBLE, "bytes": TensorProto.STRING,
}


def info(name, kind, shape):
    return helper.make_tensor_value_info(name, TYPES[kind], shape)


def save(name, nodes, inputs, outputs, initializers=(), checked=True):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(
        graph, producer_name="augury-fixtures", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    model.model_version = 7
    model.domain = "test.example"
    model.doc_string = "a model to test with"
    helper.set_model_props(model, {"owner": "tests", "classes": "a,b"})
    if checked:
        onnx.checker.check_model(model)
    with open(f"{name}.onnx", "wb") as file:
        file.write(model.SerializeToString())


def number(value):
    if isinstance(value, (str, bytes)):
        return value if isinstance(value, str) else value.decode()
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    value = float(value)
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def tensor(name, array):
    array = np.asarray(array)
    kind = "object" if array.dtype.kind in "OUS" else str(array.dtype)
    return {"name": name, "datatype": PROTOCOL_NAMES[kind], "shape": list(array.shape),
            "data": [number(value) for value in array.reshape(-1)]}


def record(name, feeds, outputs=None):
    """Runs the model in Python unless the outputs are known, and writes request and reply."""
    if outputs is None:
        session = onnxruntime.InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        outputs = dict(zip(names, session.run(None, feeds)))
    with open(f"{name}.request.json", "w") as file:
        json.dump({"id": name, "inputs": [tensor(key, value) for key, value in feeds.items()]}, file)
        file.write("\n")
    with open(f"{name}.reply.json", "w") as file:
        json.dump({"model_name": name, "outputs": [tensor(key, value) for key, value in outputs.items()]}, file)
        file.write("\n")


def identities():
    samples = {
        "bool": np.array([[True, False, True], [False, False, True]]),
        "uint8": np.array([[0, 1, 255], [7, 8, 9]], np.uint8),
        "uint16": np.array([[0, 1, 65535]], np.uint16),
        "uint32": np.array([[0, 1, 4294967295]], np.uint32),
        "uint64": np.array([[0, 1, 18446744073709551615]], np.uint64),
        "int8": np.array([[-128, 0, 127]], np.int8),
        "int16": np.array([[-32768, 0, 32767]], np.int16),
        "int32": np.array([[-2147483648, 0, 2147483647]], np.int32),
        "int64": np.array([[-9223372036854775808, 0, 9223372036854775807]], np.int64),
        "fp16": np.array([[1.5, -0.0, 65504], [6e-8, np.inf, 0.1]], np.float16),
        "bf16": np.array([[1.5, -0.0, 3e38], [1e-38, -np.inf, 0.1]], ml_dtypes.bfloat16),
        "fp32": np.array([[0.1, -0.0, 3.4028235e38], [1e-45, np.inf, -np.inf]], np.float32),
        "fp64": np.array([[0.1, -0.0, 1.7976931348623157e308], [5e-324, np.inf, -np.inf]], np.float64),
        "bytes": np.array([["a", "", "grüße €"], ["tab\t", "quote\"", "back\\slash"]], dtype=object),
    }
    for kind, sample in samples.items():
        name = f"identity_{kind}"
        save(name, [helper.make_node("Identity", ["x"], ["y"])],
             [info("x", kind, ["N", 3])], [info("y", kind, ["N", 3])])
        # Python's binding knows no bfloat16; an identity needs no run to be known.
        record(name, {"x": sample}, {"y": sample} if kind == "bf16" else None)
    for rank in range(6):
        name = f"identity_rank{rank}"
        dims = ([f"d{axis}" for axis in range(rank - 1)] + [2]) if rank > 1 else ["N"][:rank]
        shape = [3, 1, 2, 2, 2][:rank - 1] + [2] if rank > 1 else [4][:rank]
        save(name, [helper.make_node("Identity", ["x"], ["y"])],
             [info("x", "fp32", dims)], [info("y", "fp32", dims)])
        values = np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)
        record(name, {"x": np.asarray(values / 8, np.float32)})
    # The checker wants a shape, models without one are met all the same.
    save("identity_unranked", [helper.make_node("Identity", ["x"], ["y"])],
         [info("x", "fp32", None)], [info("y", "fp32", None)], checked=False)
    record("identity_unranked", {"x": np.arange(6, dtype=np.float32).reshape(1, 2, 3)})


def several():
    save("two_in_two_out",
         [helper.make_node("Cast", ["b"], ["c"], to=TensorProto.FLOAT), helper.make_node("Add", ["a", "c"], ["sum"]),
          helper.make_node("Add", ["b", "b"], ["twice"])],
         [info("a", "fp32", ["N", 2]), info("b", "int64", ["N", 1])],
         [info("sum", "fp32", ["N", 2]), info("twice", "int64", ["N", 1])])
    record("two_in_two_out", {"a": np.array([[1, 2], [3, 4.5]], np.float32), "b": np.array([[10], [-20]], np.int64)})
    save("add", [helper.make_node("Add", ["x", "y"], ["z"])],
         [info("x", "fp32", ["N", 3]), info("y", "fp32", ["N", 3])], [info("z", "fp32", ["N", 3])])
    record("add", {"x": np.array([[1, 2, 3]], np.float32), "y": np.array([[0.5, 0.25, -1]], np.float32)})
    save("concat_strings", [helper.make_node("StringConcat", ["s", "t"], ["u"])],
         [info("s", "bytes", ["N"]), info("t", "bytes", ["N"])], [info("u", "bytes", ["N"])])
    record("concat_strings", {"s": np.array(["a", "ü"], dtype=object), "t": np.array(["", "€uro"], dtype=object)})
    random = np.random.default_rng(5)
    weights = [helper.make_tensor(name, TensorProto.FLOAT, value.shape, value.astype(np.float32).tobytes(), raw=True)
               for name, value in {"w1": random.normal(size=(4, 8)), "b1": random.normal(size=8),
                                   "w2": random.normal(size=(8, 3)), "b2": random.normal(size=3)}.items()]
    save("mlp",
         [helper.make_node("Gemm", ["x", "w1", "b1"], ["h"]), helper.make_node("Relu", ["h"], ["r"]),
          helper.make_node("Gemm", ["r", "w2", "b2"], ["o"]), helper.make_node("Softmax", ["o"], ["p"], axis=1),
          helper.make_node("ArgMax", ["p"], ["label"], axis=1, keepdims=0)],
         [info("x", "fp32", ["N", 4])], [info("label", "int64", ["N"]), info("p", "fp32", ["N", 3])], weights)
    record("mlp", {"x": random.normal(size=(7, 4)).astype(np.float32)})


def batch_axes():
    reduce_axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    save("dynamic_length", [helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=1)],
         [info("x", "fp32", ["N", "T"])], [info("y", "fp32", ["N", 1])], [reduce_axes])
    record("dynamic_length", {"x": np.arange(10, dtype=np.float32).reshape(2, 5)})
    save("two_batch_axes", [helper.make_node("Transpose", ["y"], ["t"], perm=[1, 0]),
                            helper.make_node("MatMul", ["x", "t"], ["z"])],
         [info("x", "fp32", ["N", 2]), info("y", "fp32", ["M", 2])], [info("z", "fp32", ["N", "M"])])
    record("two_batch_axes", {"x": np.eye(2, dtype=np.float32), "y": np.arange(6, dtype=np.float32).reshape(3, 2)})
    save("transposed", [helper.make_node("Transpose", ["x"], ["y"], perm=[1, 0])],
         [info("x", "fp32", ["N", "K"])], [info("y", "fp32", ["K", "N"])])
    record("transposed", {"x": np.arange(6, dtype=np.float32).reshape(2, 3)})
    save("unrelated_names", [helper.make_node("Neg", ["x"], ["y"])],
         [info("x", "fp32", ["unk__1", 2])], [info("y", "fp32", ["unk__2", 2])])
    record("unrelated_names", {"x": np.array([[1, -2]], np.float32)})
    save("anonymous_batch", [helper.make_node("Neg", ["x"], ["y"])],
         [info("x", "fp32", [None, 2])], [info("y", "fp32", [None, 2])])
    record("anonymous_batch", {"x": np.array([[1, -2], [3, 4]], np.float32)})
    save("fixed_batch", [helper.make_node("Neg", ["x"], ["y"])],
         [info("x", "fp32", [1, 4])], [info("y", "fp32", [1, 4])])
    record("fixed_batch", {"x": np.array([[1, -2, 3, -4]], np.float32)})
    save("sum_to_scalar", [helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)],
         [info("x", "fp32", ["N", 2])], [info("y", "fp32", [])])
    record("sum_to_scalar", {"x": np.array([[1, 2], [3, 4]], np.float32)})
    save("nonzero",
         [helper.make_node("NonZero", ["x"], ["n"]), helper.make_node("Transpose", ["n"], ["y"], perm=[1, 0])],
         [info("x", "fp32", ["N"])], [info("y", "int64", ["found", 1])])
    record("nonzero", {"x": np.array([0, 1, 2, 0, 0], np.float32)})


def awkward():
    table = helper.make_tensor("table", TensorProto.FLOAT, [3], [10, 20, 30])
    save("gather", [helper.make_node("Gather", ["table", "index"], ["y"])],
         [info("index", "int64", ["N"])], [info("y", "fp32", ["N"])], [table])
    record("gather", {"index": np.array([2, 0, -1], np.int64)})
    sequence = helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None)
    save("sequence_output", [helper.make_node("SequenceConstruct", ["x", "x"], ["y"])], [info("x", "fp32", ["N"])],
         [sequence])
    save("float8_output", [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT8E4M3FN)],
         [info("x", "fp32", ["N"])], [helper.make_tensor_value_info("y", TensorProto.FLOAT8E4M3FN, ["N"])])
    # As many products of 256 x 256 matrices as the input says: a run that is as long as one likes.
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["still"]), helper.make_node("MatMul", ["state", "state"], ["next"])],
        "body",
        [info("i", "int64", []), info("going", "bool", []), info("state", "fp32", [256, 256])],
        [info("still", "bool", []), info("next", "fp32", [256, 256])])
    size = helper.make_tensor("size", TensorProto.INT64, [2], [256, 256])
    save("slow", [helper.make_node("ConstantOfShape", ["size"], ["zeros"]),
                  helper.make_node("Loop", ["count", "", "zeros"], ["end"], body=body),
                  helper.make_node("ReduceMax", ["end"], ["y"], keepdims=0)],
         [info("count", "int64", [])], [info("y", "fp32", [])], [size])
    record("slow", {"count": np.array(2, np.int64)})


if __name__ == "__main__":
    identities()
    several()
    batch_axes()
    awkward()
