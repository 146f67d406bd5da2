import Tensors
import Testing

/// Tensors whose bytes travel as message parts of their own.
@Suite struct BinaryTensorTests {
  private let tensors: [NamedTensor]

  init() throws {
    self.tensors = [
      NamedTensor("x", try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])),
      NamedTensor("s", try Tensor(["a", "bb"])),
    ]
  }

  private func part(_ bytes: [UInt8]) -> TensorBuffer { TensorBuffer(TensorMemory(copying: bytes)) }

  private func binaryParser() throws(TensorError) -> JSONTensorParser {
    try parser([("x", .fp32, [-1, 2]), ("s", .bytes, [-1])], outputs: [("y", .fp32, [-1])])
  }

  @Test func requestsAreReadBackWithoutCopying() throws {
    let buffer = ByteBuffer()
    try buffer.appendRequest(inputs: self.tensors, outputs: ["y"], id: "a")
    let parts = self.tensors.map { $0.tensor.buffer }
    let request = try self.binaryParser().request(buffer.text, parts: parts)
    #expect(request.inputs == self.tensors.map { $0.tensor })
    #expect(request.binaryOutput == true && request.id == "a")
    for (input, part) in zip(request.inputs, parts) {
      #expect(input.buffer.withUnsafeBytes { $0.baseAddress } == part.withUnsafeBytes { $0.baseAddress })
    }
  }

  @Test func aHeaderIsWhatTheProtocolSays() throws {
    let buffer = ByteBuffer()
    try buffer.appendRequest(inputs: self.tensors)
    #expect(
      buffer.text == #"{"parameters":{"binary_data_output":true},"inputs":["#
        + #"{"name":"x","datatype":"FP32","shape":[2,2],"parameters":{"binary_data_size":16}},"#
        + #"{"name":"s","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":11}}]}"#)
  }

  @Test func repliesMixBinaryAndJSON() throws {
    let buffer = ByteBuffer()
    try buffer.appendReply(modelName: "m", modelVersion: "1", outputs: self.tensors) { $0 == 1 }
    #expect(
      buffer.text == #"{"model_name":"m","model_version":"1","outputs":["#
        + #"{"name":"x","datatype":"FP32","shape":[2,2],"data":[1.0,2.0,3.0,4.0]},"#
        + #"{"name":"s","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":11}}]}"#)
    let reply = try TensorReplyParser().reply(buffer.text, parts: [self.tensors[1].tensor.buffer])
    #expect(reply.outputs == self.tensors)
  }

  @Test func jsonBesideBinaryIsTaken() throws {
    let request = try self.binaryParser().request(
      #"""
      {"inputs": [{"name": "s", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 6}},
                  {"name": "x", "shape": [1,2], "datatype": "FP32", "data": [1,2]}]}
      """#,
      parts: [self.part([2, 0, 0, 0, 0x68, 0x69])])
    #expect(try request.inputs == [Tensor([1, 2] as [Float], shape: [1, 2]), Tensor(["hi"])])
  }

  @Test func partsThatDoNotFitAreRefused() throws {
    func header(_ size: Int, shape: String = "[1,2]", dataType: String = "FP32", more: String = "") -> String {
      #"{"inputs": [{"name": "x", "shape": \#(shape), "datatype": "\#(dataType)", "#
        + #""parameters": {"binary_data_size": \#(size)}\#(more)}]}"#
    }
    let eight = self.part([UInt8](repeating: 0, count: 8))
    let cases: [(String, [TensorBuffer], String)] = [
      (header(8), [], #"tensor "x" announces 8 bytes of binary data, but the message has 0 tensor parts"#),
      (header(8), [eight, eight], #"the message has 2 tensor parts, expected 1: one per "binary_data_size""#),
      (header(12), [eight], #"tensor "x" announces 12 bytes of binary data, its part has 8"#),
      (header(8, shape: "[3,2]"), [eight], #"tensor "x": 8 bytes, expected 24 for FP32[3,2]"#),
      (
        header(8, shape: "[2]", dataType: "BYTES"), [self.part([1, 0, 0, 0, 65, 9, 0, 0])],
        #"tensor "x": 8 bytes do not hold exactly the 2 length-prefixed elements of BYTES [2]"#
      ),
      (
        header(8, shape: "[1]", dataType: "BYTES"), [self.part([255, 255, 255, 255, 0, 0, 0, 0])],
        #"tensor "x": 8 bytes do not hold exactly the 1 length-prefixed elements of BYTES [1]"#
      ),
      (
        header(8, shape: "[1]", dataType: "BYTES"), [self.part([3, 0, 0, 0, 65, 65, 65, 0])],
        #"tensor "x": 8 bytes do not hold exactly the 1 length-prefixed elements of BYTES [1]"#
      ),
      (
        header(8, more: #", "data": [1,2]"#), [eight],
        #"input "x" at inputs[0]: has both "data" and "binary_data_size", expected one (byte 12)"#
      ),
      (
        header(-1), [eight],
        #"input "x" at inputs[0]: expected a count of bytes as "binary_data_size", got the number -1 (byte 97)"#
      ),
    ]
    for (json, parts, message) in cases {
      let error = failure(try parser([("x", .fp32, [-1, 2])]).request(json, parts: parts))
      #expect(error?.message == message)
      #expect(error?.code == .invalidArgument)
    }
    for shape in ["[4611686018427387904,4611686018427387904]", "[9223372036854775807]", "[0,9223372036854775807,9]"] {
      let error = failure(try parser([("x", .fp32, nil)]).request(header(8, shape: shape), parts: [eight]))
      #expect(error?.reason == .wrongShape)
    }
  }

  @Test func partsWithoutAHeaderForThemAreRefused() throws {
    let error = failure(try parser([("x", .fp32, [-1])]).request(#"{"instances": [1]}"#, parts: [self.part([1])]))
    #expect(error?.message == #"the message has 1 tensor parts, expected 0: one per "binary_data_size""#)
  }

  @Test func truncatedHeadersNeverCrash() throws {
    let buffer = ByteBuffer()
    try buffer.appendRequest(inputs: self.tensors, id: "x")
    let whole = Array(buffer.text.utf8)
    let parser = try self.binaryParser()
    let parts = self.tensors.map { $0.tensor.buffer }
    for count in 0..<whole.count {
      let part = Array(whole[..<count])
      #expect(failure(try parser.parseRequest(part.span.bytes, parts: parts)) != nil)
    }
    #expect(failure(try parser.parseRequest(whole.span.bytes, parts: parts)) == nil)
  }
}
