import Glibc
import Tensors
import Testing

/// Replies of the form `{"predictions": [...]}` and JSON Lines.
@Suite struct PredictionsTests {
  private let label: NamedTensor
  private let scores: NamedTensor

  init() throws {
    self.label = NamedTensor("label", try Tensor(["a", "b\""]))
    self.scores = NamedTensor("scores", try Tensor([0.25, 1, 1e-7, .nan] as [Float], shape: [2, 2]))
  }

  @Test func oneOutputGivesItsValues() throws {
    let buffer = ByteBuffer()
    try buffer.appendPredictions([self.scores], rows: 2)
    #expect(buffer.text == #"{"predictions":[[0.25,1.0],[1e-07,"NaN"]]}"#)
    buffer.removeAll()
    try buffer.appendPredictions([self.label], rows: 2, modelName: "m", modelVersion: "3")
    #expect(buffer.text == #"{"predictions":["a","b\""],"model_name":"m","model_version":"3"}"#)
  }

  @Test func severalOutputsGiveObjects() throws {
    let buffer = ByteBuffer()
    try buffer.appendPredictions([self.label, self.scores], rows: 2)
    #expect(
      buffer.text
        == #"{"predictions":[{"label":"a","scores":[0.25,1.0]},{"label":"b\"","scores":[1e-07,"NaN"]}]}"#)
  }

  @Test func linesAreTheSameRows() throws {
    let buffer = ByteBuffer()
    try buffer.appendLines([self.label, self.scores], rows: 2)
    #expect(
      buffer.text == "{\"label\":\"a\",\"scores\":[0.25,1.0]}\n{\"label\":\"b\\\"\",\"scores\":[1e-07,\"NaN\"]}\n")
    buffer.removeAll()
    let ends = try PredictionRows([self.label], rows: 2).append(to: buffer, separator: ";")
    #expect(buffer.text == #""a";"b\"";"# && ends == [4, 10])
  }

  @Test func aScalarIsThePredictionOfOneInstance() throws {
    let sum = NamedTensor("sum", Tensor(scalar: 3 as Int64))
    let buffer = ByteBuffer()
    try buffer.appendPredictions([sum], rows: 1)
    #expect(buffer.text == #"{"predictions":[3]}"#)
    let error = failure(try buffer.appendPredictions([sum], rows: 2))
    #expect(error?.reason == .unrepresentable)
    #expect(
      error?.message == #"output "sum" of shape [] cannot be split into predictions for 2 instances; "#
        + "ask in the Open Inference form")
    #expect(failure(try PredictionRows([self.scores], rows: 3))?.reason == .unrepresentable)
  }

  @Test func numbersAreTheShortestThatReadBack() throws {
    func text<Element: TensorElement>(_ values: [Element]) throws -> String {
      let buffer = ByteBuffer()
      try buffer.appendLines([NamedTensor("x", try Tensor(values))], rows: values.count)
      return buffer.text.split(separator: "\n").joined(separator: " ")
    }
    #expect(
      try text([0.1, -0.0, 16777216, 123456792, 1e10, 1e22, 3.4028235e38, .leastNonzeroMagnitude] as [Float])
        == "0.1 -0.0 16777216.0 123456792.0 1e+10 1e+22 3.4028235e+38 1e-45")
    #expect(
      try text([0.1, 1e15, 1444741326554363.2, 123456789012345680, .leastNonzeroMagnitude, -2.5, 100000])
        == "0.1 1e+15 1444741326554363.2 123456789012345680.0 5e-324 -2.5 100000.0")
    #expect(try text([Float.infinity, -.infinity, .nan, -.nan]) == #""Infinity" "-Infinity" "NaN" "NaN""#)
    #expect(
      try text([Float16(0.1), Float16(65504), Float16.leastNonzeroMagnitude, -.infinity])
        == #"0.099975586 65504.0 5.9604645e-08 "-Infinity""#)
    #expect(try text([BFloat16(0.1), BFloat16(bitPattern: 0x7f7f)]) == "0.100097656 3.3895314e+38")
    #expect(try text([Int8.min, .max]) == "-128 127")
    #expect(try text([UInt64.max, 0]) == "18446744073709551615 0")
    #expect(try text([Int64.min, .max]) == "-9223372036854775808 9223372036854775807")
    #expect(try text([true, false]) == "true false")
  }

  @Test func everyFloatReadsBackAsItself() throws {
    var generator = SplitMix64(state: 7)
    let floats = (0..<20_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) }
      .filter { $0.isFinite }
    let doubles = (0..<20_000).map { _ in Double(bitPattern: generator.next()) }.filter { $0.isFinite }
    for tensor in [try Tensor(floats), try Tensor(doubles)] {
      let buffer = ByteBuffer()
      try buffer.appendReply(modelName: "m", modelVersion: "1", outputs: [NamedTensor("x", tensor)])
      #expect(try TensorReplyParser().reply(buffer.text).outputs[0].tensor == tensor)
    }
  }

  @Test func textIsEscapedAndOtherBytesAreBase64() throws {
    let strings: [[UInt8]] = [
      Array("q\" b\\ n\n r\r t\t c\u{1f} d\u{7f} é€😀 /".utf8), [0xff], [0xff, 0xfe], [0xff, 0xfe, 0xfd], [], [0],
    ]
    let buffer = ByteBuffer()
    try buffer.appendLines([NamedTensor("s", try Tensor(byteStrings: strings))], rows: 6)
    #expect(
      buffer.text.split(separator: "\n") == [
        "\"q\\\" b\\\\ n\\n r\\r t\\t c\\u001f d\u{7f} é€😀 /\"", #"{"b64":"/w=="}"#, #"{"b64":"//4="}"#,
        #"{"b64":"//79"}"#, "\"\"", "\"\\u0000\"",
      ])
  }

  @Test func aTakenBufferIsTheCallersAndTheNextOneIsEmpty() throws {
    let buffer = ByteBuffer()
    try buffer.appendPredictions([self.label], rows: 2)
    let text = buffer.text
    let taken = buffer.take()
    #expect(buffer.count == 0)
    try buffer.appendPredictions([self.scores], rows: 2)
    #expect(taken.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == text)
    buffer.removeAll(keepingCapacityUpTo: 0)
    #expect(buffer.count == 0 && buffer.take().count == 0)
  }

  @Test func aReleasedBufferIsTheCallersToFreeAndTheNextOneIsEmpty() throws {
    let buffer = ByteBuffer()
    #expect(buffer.release() == nil)
    buffer.reserve(1000)
    #expect(buffer.count == 0 && buffer.release() == nil)
    try buffer.appendPredictions([self.label], rows: 2)
    let text = buffer.text
    let released = try #require(buffer.release())
    defer { free(released.baseAddress) }
    try buffer.appendPredictions([self.scores], rows: 2)
    #expect(String(decoding: released, as: UTF8.self) == text)
  }
}

/// A small generator of reproducible bits.
private struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    self.state &+= 0x9e37_79b9_7f4a_7c15
    var bits = self.state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}
