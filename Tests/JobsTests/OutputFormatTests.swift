import QueueCore
import Store
import Tensors
import Testing
import ZeroMQ

@testable import Jobs

struct OutputFormatTests {
  private func write(_ predictions: [String], _ change: @escaping (inout RowOptions) -> Void) throws -> String {
    let bench = FormatBench(change)
    return try bench.write(predictions, plan: try bench.plan([]).plan)
  }

  private let predictions = [#"{"label":3,"probabilities":[0.5,"NaN"]}"#, #"{"probabilities":[1.0,0.0],"label":-1}"#]

  @Test func outputsAreChosenAndOrdered() throws {
    #expect(
      try self.write(self.predictions) { $0.outputs = ["probabilities", "label"] }
        == #"{"probabilities":[0.5,"NaN"],"label":3}"# + "\n" + #"{"probabilities":[1.0,0.0],"label":-1}"# + "\n")
    #expect(try self.write(self.predictions) { $0.outputs = ["label"] } == "3\n-1\n")
  }

  @Test func csvHasAColumnForEveryElement() throws {
    #expect(
      try self.write(self.predictions) { $0.outputFormat = .csv }
        == "label,probabilities[0],probabilities[1]\n3,0.5,NaN\n-1,1.0,0.0\n")
    #expect(
      try self.write(self.predictions) {
        $0.outputFormat = .csv
        $0.outputs = ["probabilities"]
      } == "probabilities[0],probabilities[1]\n0.5,NaN\n1.0,0.0\n")
  }

  @Test func csvHasJSONTextWhereTheShapeIsNotFixed() throws {
    var bench = FormatBench { $0.outputFormat = .csv }
    bench.signature.outputs = [
      TensorSpec(name: "words", dataType: .bytes, shape: [-1, -1]),
      TensorSpec(name: "m", dataType: .int8, shape: [-1, 2, 2]), TensorSpec(name: "s", dataType: .bytes, shape: [-1]),
    ]
    let prediction = #"{"words":["a","b,"],"m":[[1,2],[3,4]],"s":"q\" ,\u00e9"}"#
    #expect(
      try bench.write([prediction], plan: try bench.plan([]).plan)
        == "words,m[0][0],m[0][1],m[1][0],m[1][1],s\n\"[\"\"a\"\",\"\"b,\"\"]\",1,2,3,4,\"q\"\" ,é\"\n")
  }

  @Test func aRecordIsNeverABlankLine() throws {
    var bench = FormatBench { $0.outputFormat = .csv }
    bench.signature.outputs = [TensorSpec(name: "s", dataType: .bytes, shape: [-1])]
    #expect(try bench.write(["\"\"", "\" \""], plan: try bench.plan([]).plan) == "s\n\"\"\n\" \"\n")
  }

  @Test func npyHoldsTheElements() throws {
    let bench = FormatBench {
      $0.outputFormat = .npy
      $0.outputs = ["probabilities"]
    }
    let plan = try bench.plan([]).plan
    var output = plan.head
    for prediction in self.predictions {
      try Array(prediction.utf8).withUnsafeBytes { try plan.writer?.append($0, lead: [], to: &output) }
    }
    let header = try output.withUnsafeBytes { try NPYHeader($0) }
    #expect(header.dataType == .fp32)
    #expect(header.shape == [0, 2])
    #expect(header.dataStart % 64 == 0)
    let path = try bench.folder.write("out.npy", output)
    try OpenFile.forWriting(path).setArrayRows(2)
    let bytes = try #require(bench.folder.bytes("out.npy"))
    #expect(bytes.count == output.count)
    let counted = try bytes.withUnsafeBytes { try NPYHeader($0) }
    #expect(counted.shape == [2, 2])
    let values = bytes.withUnsafeBytes { data in
      (0..<4).map { data.loadUnaligned(fromByteOffset: counted.dataStart + 4 * $0, as: Float.self) }
    }
    #expect(values[0] == 0.5 && values[1].isNaN && values[2] == 1 && values[3] == 0)
  }

  @Test func npyIsForNumbersOfOneShape() {
    for spec in [
      TensorSpec(name: "o", dataType: .bytes, shape: [-1]), TensorSpec(name: "o", dataType: .fp32, shape: [-1, -1]),
      TensorSpec(name: "o", dataType: .bf16, shape: [-1]), TensorSpec(name: "o", dataType: .fp32, shape: nil),
    ] {
      var bench = FormatBench { $0.outputFormat = .npy }
      bench.signature.outputs = [spec]
      #expect(bench.refusal(of: "")?.reason == "NPY_OUTPUT")
    }
  }

  @Test func predictionsThatAreNotWhatTheModelSaysAreFaults() throws {
    let changes: [(inout RowOptions) -> Void] = [
      { $0.outputs = ["label", "probabilities"] }, { $0.outputFormat = .csv },
      {
        $0.outputFormat = .npy
        $0.outputs = ["probabilities"]
      },
    ]
    for change in changes {
      for wrong in ["", "5", "{}", #"{"label":1}"#, #"{"label":1,"probabilities":"#] {
        #expect(throws: AnswerFault.self) { try self.write([wrong], change) }
      }
    }
    for wrong in [#"{"label":1,"probabilities":[1]}"#, #"{"label":1,"probabilities":[1,2,3]}"#] {
      for change in changes.dropFirst() { #expect(throws: AnswerFault.self) { try self.write([wrong], change) } }
    }
  }

  @Test func labelsStandBeforeTheirPredictionsWhateverFails() throws {
    let bench = FormatBench { $0.idField = "id" }
    let (plan, path) = try bench.plan(Array("{\"id\":1}\n{}\n{\"id\":3}\n{\"id\":\"four\"}\n".utf8))
    let reader = try ChunkReader(plan.input, path: path, from: .start, rowLimit: 9, byteLimit: 1000)
    guard case .chunk(let chunk) = try reader.next() else {
      Issue.record("no chunk")
      return
    }
    func frame(_ text: String) throws -> Frame { try Frame(copying: Array(text.utf8).span.bytes) }
    let reply = ChunkReply(
      contentType: .jsonLines,
      parts: [try frame("[1]\n[4]"), try frame("{\"row\":1,\"code\":\"INTERNAL\",\"message\":\"m\"}")], origin: nil,
      times: RequestTimes())
    let answer = try ChunkAnswer(reply, to: 0..<4, of: chunk, writer: plan.writer)
    guard case .bytes(let bytes) = answer.output else {
      Issue.record("the output was not written")
      return
    }
    #expect(
      String(decoding: bytes, as: UTF8.self) == "{\"id\":1,\"prediction\":[1]}\n{\"id\":\"four\",\"prediction\":[4]}\n")
    let errors = String(decoding: answer.errorLines, as: UTF8.self).split(separator: "\n")
    #expect(
      errors.first == #"{"row":2,"line":2,"offset":9,"code":"INVALID_ARGUMENT","message":"the row has no \"id\""}"#)
    #expect(errors.last == #"{"row":3,"id":3,"line":3,"offset":12,"code":"INTERNAL","message":"m"}"#)
    #expect(answer.outcome.outputBytes == UInt64(bytes.count))
  }
}
