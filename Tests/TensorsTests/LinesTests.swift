import Tensors
import Testing

/// Chunks of JSON Lines, where a bad row must not spoil the others.
@Suite struct LinesTests {
  @Test func goodRowsAreStackedAndBadOnesListed() throws {
    let text = "[1,2]\n\n  \t\r\n{\"X\": [3,4]}\r\n[5]\nnonsense\n7\n[1,2],[3,4]\n[1,2]],[[3,4]\n[1,2\n[8,9]"
    let lines = try parser([("X", .fp32, [-1, 2])]).lines(text)
    #expect(lines.rowCount == 9)
    #expect(lines.groups.map { $0.rows } == [[0, 1, 8]])
    #expect(try lines.groups[0].inputs == [Tensor([1, 2, 3, 4, 8, 9] as [Float], shape: [3, 2])])
    #expect(lines.rejected.map { $0.row } == [2, 3, 4, 5, 6, 7])
    #expect(
      lines.rejected.map { $0.error.reason } == [
        .wrongShape, .malformedJSON, .wrongType, .malformedJSON, .malformedJSON, .malformedJSON,
      ])
    let starts = [26, 30, 39, 41, 53, 67]
    for (rejected, start) in zip(lines.rejected, starts) {
      #expect((rejected.error.byteOffset ?? -1) >= start)
      #expect((rejected.error.byteOffset ?? .max) < start + 14)
    }
    #expect(lines.rejected[0].error.message == #"input "X": expected 2 elements, got 1 (byte 26)"#)
  }

  @Test func bareNumbersAndStringsAreRows() throws {
    let numbers = try parser([("n", .int64, [-1])]).lines("1\n2\n3.5\n-4\n")
    #expect(numbers.groups.map { $0.rows } == [[0, 1, 3]])
    #expect(try numbers.groups[0].inputs == [Tensor([1, 2, -4] as [Int64])])
    #expect(numbers.rejected.map { $0.row } == [2])
    let strings = try parser([("s", .bytes, [-1])]).lines("\"a\"\n\"b\\n\"\n")
    #expect(try strings.groups[0].inputs[0].strings() == ["a", "b\n"])
  }

  @Test func objectsOfSeveralInputsAreRows() throws {
    let lines = try parser([("a", .int8, [-1]), ("b", .fp32, [-1, 1])]).lines(
      "{\"a\": 1, \"b\": 2}\n{\"a\": 1}\n{\"b\": [4], \"a\": 3}\n[1, 2]\n{\"a\": 300, \"b\": 1}\n")
    #expect(lines.groups[0].rows == [0, 2])
    #expect(try lines.groups[0].inputs == [Tensor([1, 3] as [Int8]), Tensor([2, 4] as [Float], shape: [2, 1])])
    #expect(
      lines.rejected.map { $0.error.message } == [
        #"input "b" is missing (byte 17)"#,
        #"expected an object with the model's 2 inputs, got an array (byte 45)"#,
        #"input "a": expected an integer from -128 to 127 (INT8), got the number 300 (byte 58)"#,
      ])
  }

  @Test func fieldsThatAreNoInputsAreIgnoredButMustBeJSON() throws {
    let lines = try parser([("X", .fp32, [-1, 2])]).lines(
      "{\"custom_id\": \"a\", \"X\": [1,2], \"more\": {\"deep\": [null, true]}}\n{\"custom_id\": 1}\n"
        + "{\"X\": [1,2], \"more\": [1,}\n")
    #expect(lines.groups.map { $0.rows } == [[0]])
    #expect(try lines.groups[0].inputs == [Tensor([1, 2] as [Float], shape: [1, 2])])
    #expect(lines.rejected.map { $0.row } == [1, 2])
    #expect(lines.rejected.map { $0.error.reason } == [.missingInput, .malformedJSON])
  }

  @Test func aLineMayBeARequestOfTheOpenInferenceProtocolForOneRow() throws {
    let one = try parser([("X", .fp32, [-1, 2])]).lines(
      #"{"id": "r1", "inputs": [{"name": "X", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}]}"# + "\n[3,4]\n"
        + #"{"inputs": [{"data": [[5, 6]], "datatype": "FP32", "name": "X", "shape": [1, 2]}], "outputs": []}"# + "\n")
    #expect(one.groups.map { $0.rows } == [[0, 1, 2]])
    #expect(try one.groups[0].inputs == [Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])])
    let two = try parser([("a", .int64, [-1]), ("b", .bytes, [-1, 2])]).lines(
      #"{"inputs": [{"name": "b", "shape": [1, 2], "datatype": "BYTES", "data": ["x", "y"]}, "#
        + #"{"name": "a", "shape": [1], "datatype": "INT64", "data": [7]}]}"#)
    #expect(try two.groups[0].inputs[0] == Tensor([7] as [Int64]))
    #expect(try two.groups[0].inputs[1].strings() == ["x", "y"])
    let free = try parser([("t", .int32, [-1, -1])]).lines(
      #"{"inputs": [{"name": "t", "shape": [1, 3], "datatype": "INT32", "data": [1, 2, 3]}]}"# + "\n[4,5,6]\n")
    #expect(free.groups.map { $0.rows } == [[0, 1]])
  }

  @Test(arguments: [
    (#"[{"name": "X", "shape": [2, 2], "datatype": "FP32", "data": [1, 2, 3, 4]}]"#, TensorError.Reason.wrongShape),
    (#"[{"name": "X", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]"#, .wrongShape),
    (#"[{"name": "X", "shape": [], "datatype": "FP32", "data": [1]}]"#, .wrongShape),
    (#"[{"name": "X", "shape": [1, 2], "datatype": "FP64", "data": [1, 2]}]"#, .wrongType),
    (#"[{"name": "Y", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}]"#, .unknownInput),
    (#"[{"name": "X", "shape": [1, 2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}]"#, .wrongForm),
    (#"[]"#, .missingInput), (#"{}"#, .wrongType),
  ])
  func aRequestInALineMustFitTheModel(inputs: String, reason: TensorError.Reason) throws {
    let lines = try parser([("X", .fp32, [-1, 2])]).lines("{\"inputs\": \(inputs)}\n[1,2]\n")
    #expect(lines.rejected.map { $0.error.reason } == [reason], "\(lines.rejected.map { $0.error.message })")
    #expect(lines.groups.map { $0.rows } == [[1]])
    #expect(try lines.groups[0].inputs == [Tensor([1, 2] as [Float], shape: [1, 2])])
  }

  @Test func rowsOfDifferentLengthFormGroups() throws {
    let lines = try parser([("t", .int32, [-1, -1])]).lines("[1]\n[1,2]\n[3]\n[]\n[4,5]\n")
    #expect(lines.groups.map { $0.rows } == [[0, 2], [1, 4], [3]])
    #expect(lines.groups.map { $0.inputs[0].shape } == [[2, 1], [2, 2], [1, 0]])
    #expect(try lines.groups[1].inputs[0].values(as: Int32.self) == [1, 2, 4, 5])
  }

  @Test func modelsWithoutABatchAxisTakeRowByRow() throws {
    let fixed = try parser([("x", .fp32, [1, 2])]).lines("[1,2]\n[3,4]\n")
    #expect(fixed.groups.map { $0.rows } == [[0], [1]])
    #expect(fixed.groups.map { $0.inputs[0].shape } == [[1, 2], [1, 2]])
    let scalar = try parser([("n", .int64, [])]).lines("1\n2\n")
    #expect(scalar.groups.map { $0.inputs[0].shape } == [[], []])
    let eight = try parser([("x", .fp32, [8])]).lines("1\n2\n")
    #expect(eight.groups.isEmpty)
    #expect(
      eight.rejected.map { $0.error.message } == [
        #"input "x": shape [1], expected [8]"#, #"input "x": shape [1], expected [8]"#,
      ])
  }

  @Test func nothingButBlankLinesIsNoRow() throws {
    let parser = try parser([("x", .fp32, [-1])])
    for text in ["", "\n", "\n\n \r\n\t"] {
      let lines = try parser.lines(text)
      #expect(lines.groups.isEmpty && lines.rejected.isEmpty && lines.rowCount == 0)
    }
  }

  @Test func tooManyLinesNameBothNumbers() throws {
    let small = try parser([("x", .fp32, [-1])], limit: 2)
    #expect(
      failure(try small.lines("1\n2\n\n3\nbad\n"))
        == TensorError(.tooManyInstances, "the payload has 4 lines, the limit is 2"))
  }

  @Test func invalidUTF8SpoilsItsRowOnly() throws {
    let bytes: [UInt8] = Array("\"a\"\n\"".utf8) + [0xc3, 0x28] + Array("\"\n\"c\"\n".utf8)
    let lines = try parser([("s", .bytes, [-1])]).parseLines(bytes.span.bytes)
    #expect(lines.groups.map { $0.rows } == [[0, 2]])
    #expect(lines.rejected.map { $0.row } == [1])
    #expect(lines.rejected[0].error.byteOffset == 4)
  }
}
