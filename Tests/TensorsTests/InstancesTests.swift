import Tensors
import Testing

/// Requests of the form `{"instances": [...]}`.
@Suite struct InstancesTests {
  @Test func rowsOfASingleInputAreStacked() throws {
    let request = try parser([("X", .fp32, [-1, 3])]).request(
      #" {"signature_name": "serving", "instances": [[1, 2.5, -3e2], {"X": [4,5,6]}], "extra": [{"a": null}]} "#)
    #expect(request.form == .instances)
    #expect(request.rowCount == 2)
    #expect(request.id == nil && request.outputs.isEmpty && request.binaryOutput == nil)
    #expect(request.inputs == [try Tensor([1, 2.5, -300, 4, 5, 6] as [Float], shape: [2, 3])])
  }

  @Test func objectsNameSeveralInputsInAnyOrder() throws {
    let inputs: [(String, DataType, [Int]?)] = [
      ("a", .int64, [-1]), ("s", .bytes, [-1, 2]), ("b", .bool, [-1, 1]), ("ü\"", .uint8, [-1, 2, 1]),
    ]
    let request = try parser(inputs).request(
      #"""
      {"instances": [{"a": 1, "s": ["x", "\u0000\n€😀"], "b": [true], "ü\"": [[1], [2]]},
                     {"\u00fc\"": [[3], [255]], "b": false, "s": [{"b64": "AP8="}, {"b64": ""}],
                      "a": -9223372036854775808}]}
      """#)
    #expect(try request.inputs[0].values(as: Int64.self) == [1, .min])
    #expect(try request.inputs[1].byteStrings() == [[0x78], Array("\0\n€😀".utf8), [0, 255], []])
    #expect(try request.inputs[2] == Tensor([true, false], shape: [2, 1]))
    #expect(try request.inputs[3] == Tensor([1, 2, 3, 255] as [UInt8], shape: [2, 2, 1]))
  }

  @Test func everyNumericTypeTakesItsRange() throws {
    func parse<Element: TensorElement & Equatable>(_ list: String, _ expected: [Element]) throws {
      let request = try parser([("x", Element.dataType, [-1])]).request("{\"instances\": [\(list)]}")
      #expect(try request.inputs[0].values(as: Element.self) == expected)
    }
    try parse("0, 255, 1.0, 2e1", [0, 255, 1, 20] as [UInt8])
    try parse("0, 65535", [0, 65535] as [UInt16])
    try parse("0, 4294967295", [0, .max] as [UInt32])
    try parse("0, 18446744073709551615, -0", [0, .max, 0] as [UInt64])
    try parse("-128, 127", [-128, 127] as [Int8])
    try parse("-32768, 32767", [-32768, 32767] as [Int16])
    try parse("-2147483648, 2147483647", [.min, .max] as [Int32])
    try parse("-9223372036854775808, 9223372036854775807", [.min, .max] as [Int64])
    try parse("0.1, 65504, 6e-8, \"-Infinity\"", [0.1, 65504, 6e-8, -.infinity] as [Float16])
    try parse("0.1, 100000000000000000000000, 1e-50", [0.1, 1e23, 0] as [Float])
    let doubles: [Double] = [0.1, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
    try parse("0.1, 1.7976931348623157e308, 5e-324", doubles)
    try parse("1.5, \"Infinity\"", [BFloat16(1.5), BFloat16(.infinity)])
    let nan = try parser([("x", .fp32, [-1])]).request(#"{"instances": ["NaN"]}"#)
    #expect(try nan.inputs[0].floats()[0].isNaN)
  }

  @Test func openDimensionsAreSetByTheFirstInstance() throws {
    let open = try parser([("t", .int32, [-1, -1, -1])])
    #expect(try open.request(#"{"instances": [[[1,2,3],[4,5,6]]]}"#).inputs[0].shape == [1, 2, 3])
    #expect(try open.request(#"{"instances": [[[1]],[[2]]]}"#).inputs[0].shape == [2, 1, 1])
    #expect(try open.request(#"{"instances": [[],[]]}"#).inputs[0].shape == [2, 0, 0])
    #expect(
      failure(try open.request(#"{"instances": [[[1,2],[3]]]}"#))?.message
        == #"input "t" at instances[0][1]: expected 2 elements as in the first one, got 1 (byte 22)"#)
    let unranked = try parser([("t", .int32, nil)])
    #expect(try unranked.request(#"{"instances": [[[1,2]],[[3,4]]]}"#).inputs[0].shape == [2, 1, 2])
    #expect(try unranked.request(#"{"instances": [5]}"#).inputs[0].shape == [1])
  }

  @Test func modelsWithoutABatchAxisGetTheirShape() throws {
    let scalar = try parser([("n", .int64, [])])
    #expect(try scalar.request(#"{"instances": [7]}"#).inputs[0].shape == [])
    #expect(
      failure(try scalar.request(#"{"instances": [7, 8]}"#))?.message
        == #"input "n": shape [2], expected []"#)
    let fixed = try parser([("x", .fp32, [1, 2])])
    #expect(try fixed.request(#"{"instances": [[1,2]]}"#).inputs[0].shape == [1, 2])
    #expect(
      failure(try fixed.request(#"{"instances": [[1,2],[3,4]]}"#))?.message
        == #"input "x": shape [2,2], expected [1,2]"#)
  }

  @Test(
    arguments: [
      (#"{"instances": [[1,2]]}"#, .wrongShape, #"input "X" at instances[0]: expected 3 elements, got 2 (byte 15)"#),
      (
        #"{"instances": [[1,2,3],[1,2,"a"]]}"#, .wrongType,
        #"input "X" at instances[1][2]: expected a number from -3.4e38 to 3.4e38 (FP32), got a string (byte 28)"#
      ),
      (
        #"{"instances": [[1,2,null]]}"#, .wrongType,
        #"input "X" at instances[0][2]: expected a number from -3.4e38 to 3.4e38 (FP32), got null (byte 20)"#
      ),
      (
        #"{"instances": [[1,true,3]]}"#, .wrongType,
        #"input "X" at instances[0][1]: expected a number from -3.4e38 to 3.4e38 (FP32), "#
          + "got the boolean true (byte 18)"
      ),
      (
        #"{"instances": [[1,2,1e400]]}"#, .outOfRange,
        #"input "X" at instances[0][2]: expected a number from -3.4e38 to 3.4e38 (FP32), "#
          + "got the number 1e400 (byte 20)"
      ),
      (
        #"{"instances": [[1,2,1e39]]}"#, .outOfRange,
        #"input "X" at instances[0][2]: expected a number from -3.4e38 to 3.4e38 (FP32), got the number 1e39 (byte 20)"#
      ),
      (
        #"{"instances": [[1,2,[3]]]}"#, .wrongType,
        #"input "X" at instances[0][2]: expected a number from -3.4e38 to 3.4e38 (FP32), got an array (byte 20)"#
      ),
      (
        #"{"instances": [1]}"#, .wrongType,
        #"input "X" at instances[0]: expected an array of shape [3] and type FP32, got the number 1 (byte 15)"#
      ),
      (#"{"instances": [{"Y": [1,2,3]}]}"#, .unknownInput, #"instances[0]: unknown input "Y", expected "X" (byte 15)"#),
      (#"{"instances": [{}]}"#, .missingInput, #"instances[0]: input "X" is missing (byte 15)"#),
      (
        #"{"instances": [{"X": [1,2,3], "X": [1,2,3]}]}"#, .duplicateInput,
        #"instances[0]: input "X" is given twice (byte 15)"#
      ),
      (#"{"instances": []}"#, .wrongShape, #""instances" is empty, expected at least one instance"#),
      (#"{"instances": 5}"#, .wrongType, #"expected an array as "instances", got the number 5 (byte 14)"#),
      (#"{}"#, .wrongForm, #"expected an object with "instances" or "inputs""#),
      (#"[1]"#, .wrongForm, #"expected an object with "instances" or "inputs", got another kind of value"#),
      (
        #"{"instances": [[1,2,3]], "inputs": []}"#, .wrongForm,
        #""inputs" is one too many: expected "instances" or "inputs", once (byte 35)"#
      ),
    ] as [(String, TensorError.Reason, String)])
  func refusalsSayWhatWasWrongWhereAndWhatWasExpected(json: String, reason: TensorError.Reason, message: String) throws
  {
    let error = failure(try parser([("X", .fp32, [-1, 3])]).request(json))
    #expect(error?.reason == reason)
    #expect(error?.message == message)
    #expect(error?.code == .invalidArgument)
  }

  @Test(arguments: [
    "", "   ", "{", "{\"instances\": [[1,2,3]]", "{\"instances\": [[1,2,3]}", "{\"instances\": [[1,2,3],]}",
    "{\"instances\": [[1,2,3]]} x", "{\"instances\": [[1,2,3]]}}", "{\"instances\": [[1 2,3]]}",
    "{\"instances\": [[01,2,3]]}", "{\"instances\": [[1.,2,3]]}", "{\"instances\": [[.5,2,3]]}",
    "{\"instances\": [[-,2,3]]}", "{\"instances\": [[NaN,2,3]]}", "{\"instances\": [[Infinity,2,3]]}",
    "{\"instances\": [[1,2,3]], \"k\": tru}", "{\"instances\": [[1,2,3]], \"k\": [1,]}",
    "{\"instances\": [[1,2,3]], \"k\" 1}", "{\"instances\": [[1,2,3]], k: 1}",
    "{\"instances\": [[1,2,3]], \"k\": \"\\q\"}",
    "{\"instances\": [[1,2,3]], \"k\": \"\u{1}\"}", "{\"instances\": [[1,2,3]], \"k\": \"\\ud800\"}",
    "{\"instances\": [[1,2,3]] \"k\": 1}", "{'instances': [[1,2,3]]}",
  ])
  func whatIsNotJSONIsRefused(json: String) throws {
    let error = failure(try parser([("X", .fp32, [-1, 3])]).request(json))
    #expect(error?.reason == .malformedJSON)
    #expect(error?.message.contains("malformed JSON: ") == true)
  }

  @Test func invalidUTF8IsRefused() throws {
    let bytes = Array("{\"instances\": [[1,2,3]], \"k\": \"".utf8) + [0xff] + Array("\"}".utf8)
    let parser = try parser([("X", .fp32, [-1, 3])])
    let error = failure(try parser.parseRequest(bytes.span.bytes))
    #expect(error?.message == "malformed JSON: The input is not valid UTF-8")
  }

  @Test func deepNestingIsRefused() throws {
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    let closed = try parser([("X", .fp32, [-1, 3])])
    #expect(
      failure(try closed.request("{\"k\": \(deep)}"))?.message
        .hasPrefix("values nest deeper than 64") == true)
    let open = try parser([("X", .fp32, nil)])
    #expect(
      failure(try open.request("{\"instances\": \(deep)}"))?.message
        .contains("arrays nest deeper than 32") == true)
  }

  @Test func tooManyInstancesNameBothNumbers() throws {
    let small = try parser([("X", .int8, [-1])], limit: 3)
    #expect(try small.request(#"{"instances": [1,2,3]}"#).rowCount == 3)
    let error = failure(try small.request(#"{"instances": [1,2,3,4,5]}"#))
    #expect(error == TensorError(.tooManyInstances, "the request has 5 instances, the limit is 3"))
  }

  @Test func aByteOrderMarkIsSkipped() throws {
    #expect(try parser([("X", .int8, [-1])]).request("\u{feff}{\"instances\": [1]}").rowCount == 1)
  }

  @Test func theParserIsReusableAfterAFailure() throws {
    let parser = try parser([("X", .int8, [-1])])
    for _ in 0..<3 {
      #expect(failure(try parser.request(#"{"instances": [1, 2, "x"]}"#)) != nil)
      #expect(try parser.request(#"{"instances": [1, 2]}"#).inputs[0] == Tensor([1, 2] as [Int8]))
    }
  }

  @Test func largeRequestsKeepEveryNumber() throws {
    // More than the parser keeps between calls, so that its memory is made anew on the way.
    let parser = try parser([("X", .fp32, [-1, 64])])
    let rows = 1000
    let row = (0..<64).map { "2.\($0 + 10)0000" }.joined(separator: ",")
    let instances = [String](repeating: "[\(row)]", count: rows).joined(separator: ",")
    let padding = String(repeating: "x", count: 17 << 20)
    let bytes = Array("{\"padding\": \"\(padding)\", \"instances\": [\(instances)]}".utf8)
    for _ in 0..<2 {
      let values = try parser.parseRequest(bytes.span.bytes).inputs[0].values(as: Float.self)
      #expect(values.count == rows * 64)
      #expect(values[64 * 123 + 7] == 2.17)
      #expect(values.last == Float(2.73))
    }
  }
}
