import Tensors
import Testing

/// Requests and replies of the Open Inference Protocol in JSON.
@Suite struct OpenInferenceTests {
  private let entry = #"{"name": "X", "shape": [2,2], "datatype": "FP32", "data": "#

  @Test(arguments: ["[1,2,3,4]", "[[1,2],[3,4]]", "[ [1.0 ,2],[3e0,4] ]"])
  func flatAndNestedDataAreTheSame(data: String) throws {
    let request = try parser([("X", .fp32, [-1, 2])]).request(#"{"inputs": [\#(self.entry)\#(data)}]}"#)
    #expect(request.form == .openInference && request.rowCount == 2)
    #expect(request.inputs == [try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])])
  }

  @Test(arguments: [
    #"{"data": [1,2], "name": "X", "shape": [1,2], "datatype": "INT8"}"#,
    #"{"datatype": "INT8", "data": [[1,2]], "shape": [1,2], "parameters": {"a": [1]}, "name": "X"}"#,
    #"{"\u0064ata": [1,2], "unknown": {"data": 3}, "shape": [1,2], "datatype": "INT8", "name": "X"}"#,
  ])
  func fieldsComeInAnyOrder(tensor: String) throws {
    let request = try parser([("X", .int8, [-1, 2])]).request(#"{"inputs": [\#(tensor)]}"#)
    #expect(request.inputs == [try Tensor([1, 2] as [Int8], shape: [1, 2])])
  }

  @Test func idOutputsAndParametersAreRead() throws {
    let parser = try parser([("X", .int8, [-1])], outputs: [("a", .fp32, [-1]), ("b", .fp32, [-1])])
    let request = try parser.request(
      #"""
      {"id": "r-\u00e9", "parameters": {"binary_data_output": true, "other": [1]}, "outputs": [
        {"name": "b", "parameters": {"binary_data": false, "x": 1}}, {"name": "a"}],
       "inputs": [{"name": "X", "shape": [1], "datatype": "INT8", "data": [5]}]}
      """#)
    #expect(request.id == "r-é")
    #expect(request.binaryOutput == true)
    #expect(request.outputs.map { $0.index } == [1, 0])
    #expect(request.outputs.map { $0.isBinary } == [false, nil])
  }

  @Test func scalarsStringsAndEmptyTensorsHaveTheirForms() throws {
    func data(_ dataType: DataType, _ shape: [Int], _ data: String) throws -> Tensor {
      try parser([("x", dataType, shape)]).request(
        #"{"inputs": [{"name": "x", "datatype": "\#(dataType)", "shape": \#(shape), "data": \#(data)}]}"#
      ).inputs[0]
    }
    #expect(try data(.fp32, [], "5") == Tensor(scalar: 5 as Float))
    #expect(try data(.fp32, [], "[5]") == Tensor(scalar: 5 as Float))
    #expect(try data(.bytes, [2], #"["a", {"b64": "/w=="}]"#).byteStrings() == [[0x61], [0xff]])
    #expect(try data(.bytes, [2, 1], #"["a", "b"]"#).strings() == ["a", "b"])
    #expect(try data(.bool, [1, 2], "[[true, false]]") == Tensor([true, false], shape: [1, 2]))
    #expect(try data(.fp16, [1], "[0.1]") == Tensor(floats: [0.1], as: .fp16))
    #expect(try data(.bf16, [1], "[0.1]") == Tensor(floats: [0.1], as: .bf16))
    #expect(try data(.fp64, [2, 0], "[]").shape == [2, 0])
    #expect(try data(.fp64, [2, 0], "[[],[]]").shape == [2, 0])
  }

  @Test(
    arguments: [
      (
        #"[1,2,3]"#, .wrongShape,
        #"input "X" at inputs[0]: "data" has 3 elements, expected 4 for shape [2,2] (byte 70)"#
      ),
      (#"[[1,2],[3]]"#, .wrongShape, #"input "X" at inputs[0].data[1]: expected 2 elements, got 1 (byte 77)"#),
      (#"[[1,2]]"#, .wrongShape, #"input "X" at inputs[0]: expected 2 elements, got 1 (byte 70)"#),
      (
        #"[[[1,2],[3,4]]]"#, .wrongType,
        #"input "X" at inputs[0].data[0][0]: expected a number from -3.4e38 to 3.4e38 (FP32), got an array (byte 72)"#
      ),
      (
        #"[1,2,3,"4"]"#, .wrongType,
        #"input "X" at inputs[0].data[3]: expected a number from -3.4e38 to 3.4e38 (FP32), got a string (byte 77)"#
      ),
      (#"[1,2,3,4], "data": []"#, .wrongForm, #"input "X" at inputs[0]: "data" is given twice (byte 89)"#),
    ] as [(String, TensorError.Reason, String)])
  func wrongDataIsNamed(data: String, reason: TensorError.Reason, message: String) throws {
    let json = #"{"inputs": [\#(self.entry)\#(data)}]}"#
    let error = failure(try parser([("X", .fp32, [-1, 2])]).request(json))
    #expect(error?.reason == reason)
    #expect(error?.message == message)
  }

  @Test(arguments: [
    (#"{"inputs": {}}"#, #"expected an array of tensors, got an object (byte 11)"#),
    (
      #"{"inputs": [5]}"#,
      #"inputs[0]: expected an object with name, shape, datatype and data, got the number 5 (byte 12)"#
    ),
    (#"{"inputs": [{"shape": [1], "datatype": "FP32", "data": [1]}]}"#, #"inputs[0]: "name" is missing (byte 12)"#),
    (
      #"{"inputs": [{"name": "X", "datatype": "FP32", "data": [1]}]}"#,
      #"input "X" at inputs[0]: "shape" is missing (byte 12)"#
    ),
    (
      #"{"inputs": [{"name": "X", "shape": [1], "data": [1]}]}"#,
      #"input "X" at inputs[0]: "datatype" is missing (byte 12)"#
    ),
    (
      #"{"inputs": [{"name": "X", "shape": [1], "datatype": "FP32"}]}"#,
      #"input "X" at inputs[0]: "data" is missing, and so is parameter "binary_data_size" (byte 12)"#
    ),
    (
      #"{"inputs": [{"name": "X", "shape": [-1], "datatype": "FP32", "data": [1]}]}"#,
      #"input "X" at inputs[0]: expected a dimension of 0 or more in "shape", got the number -1 (byte 36)"#
    ),
    (
      #"{"inputs": [{"name": "X", "shape": [1], "datatype": "FLOAT", "data": [1]}]}"#,
      #"input "X" at inputs[0]: unknown datatype "FLOAT", expected BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, "#
        + "INT32, INT64, FP16, BF16, FP32, FP64 or BYTES (byte 52)"
    ),
    (#"{"id": 5, "inputs": []}"#, #"expected a string as "id", got the number 5 (byte 7)"#),
    (
      #"{"inputs": [{"name": "X", "shape": [4611686018427387904,4], "datatype": "FP32", "data": [1]}]}"#,
      #"input "X" at inputs[0]: "data" has 1 elements, expected more than memory can hold for shape "#
        + "[4611686018427387904,4] (byte 88)"
    ),
    (
      #"{"inputs": [{"name": "X", "shape": [1,2], "datatype": "FP64", "data": [1,2]}]}"#,
      #"input "X": datatype FP64, expected FP32"#
    ),
    (
      #"{"inputs": [{"name": "X", "shape": [1,3], "datatype": "FP32", "data": [1,2,3]}]}"#,
      #"input "X": shape [1,3], expected [-1,2]"#
    ),
    (#"{"inputs": []}"#, #"missing input "X"; the request has none"#),
    (
      #"{"outputs": [{"name": "z"}], "inputs": [{"name": "X", "shape": [1,2], "datatype": "FP32", "data": [1,2]}]}"#,
      #"unknown output "z", expected "y""#
    ),
    (
      #"{"outputs": [{"name": "y"}, {"name": "y"}], "#
        + #""inputs": [{"name": "X", "shape": [1,2], "datatype": "FP32", "data": [1,2]}]}"#,
      #"output "y" is requested twice"#
    ),
  ])
  func malformedRequestsAreNamed(json: String, message: String) throws {
    let error = failure(try parser([("X", .fp32, [-1, 2])]).request(json))
    #expect(error?.message == message)
  }

  @Test func tooManyRowsNameBothNumbers() throws {
    let small = try parser([("X", .int8, [-1])], outputs: [("y", .int8, [-1])], limit: 3)
    let error = failure(
      try small.request(#"{"inputs": [{"name": "X", "shape": [4], "datatype": "INT8", "data": [1,2,3,4]}]}"#))
    #expect(error == TensorError(.tooManyInstances, "the request has 4 instances, the limit is 3"))
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let tensors = [
      NamedTensor(
        "f\n\"", try Tensor([0.1, -0, 3.4028235e38, .infinity, 1, .leastNonzeroMagnitude] as [Float], shape: [2, 3])),
      NamedTensor("s", try Tensor(byteStrings: [Array("é\u{1}".utf8), [0xff, 0]], shape: [2])),
      NamedTensor("h", try Tensor(floats: [0.1, 65504], as: .fp16)),
      NamedTensor("u", try Tensor([UInt64.max, 0])),
      NamedTensor("b", Tensor(scalar: true)),
      NamedTensor("e", try Tensor([Double](), shape: [0, 4])),
    ]
    let buffer = ByteBuffer()
    try buffer.appendReply(modelName: "m\"", modelVersion: "2", id: "7", outputs: tensors)
    let reply = try TensorReplyParser().reply(buffer.text)
    #expect(reply.modelName == "m\"" && reply.modelVersion == "2" && reply.id == "7")
    #expect(reply.outputs == tensors)

    let signature = Signature(
      inputs: tensors.map { TensorSpec(name: $0.name, dataType: $0.tensor.dataType, shape: nil) },
      outputs: [TensorSpec(name: "y", dataType: .fp32, shape: nil)])
    buffer.removeAll()
    try buffer.appendRequest(inputs: tensors, outputs: ["y"], id: "8", isBinary: false)
    let request = try JSONTensorParser(signature: signature).request(buffer.text)
    #expect(request.id == "8" && request.binaryOutput == nil)
    #expect(request.outputs.map { $0.index } == [0])
    #expect(request.inputs == tensors.map { $0.tensor })
  }

  @Test func metadataNamesTypesAndShapes() throws {
    let signature = Signature(
      inputs: [TensorSpec(name: "X", dataType: .fp32, shape: [-1, 64])],
      outputs: [TensorSpec(name: "y", dataType: .bytes, shape: nil)])
    let buffer = ByteBuffer()
    buffer.appendMetadata(modelName: "digits", versions: ["1", "2"], platform: "onnx", signature: signature)
    #expect(
      buffer.text == #"{"name":"digits","versions":["1","2"],"platform":"onnx","#
        + #""inputs":[{"name":"X","datatype":"FP32","shape":[-1,64]}],"#
        + #""outputs":[{"name":"y","datatype":"BYTES","shape":null}]}"#)
  }
}
