import AuguryClient
import QueueCore
import Tensors
import Testing
import ZeroMQ

extension Cluster {
  /// Both versions of the example, every held-out row, every way to ask: the answers are those of Python's ONNX
  /// Runtime.
  @Suite struct DigitsTests {
    @Test("Instances in one document and one by one are predicted as Python predicts them", arguments: ["1", "2"])
    func instances(version: String) async throws {
      let (rows, reference) = (try Digits.rows(), try Digits.reference(version: version))
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits(version, "a", flags: ["--max-queue-delay", "1ms"]))
        let whole = try await cluster.client.ask(
          Digits.instances(rows), model: "digits", version: version, as: .json)
        let document = try decode(whole.text(), as: InstancesReply.self)
        #expect(document.model == "digits")
        #expect(document.version == version)
        expectAgreement(document.predictions, with: reference)

        let single = try await sendAll(
          rows.map { Digits.instances([$0]) }, to: cluster.client, model: "digits", version: version, as: .json)
        let predictions = try single.replies.map { try decode($0.text(), as: InstancesReply.self).predictions }
        #expect(predictions.allSatisfy { $0.count == 1 })
        expectAgreement(predictions.flatMap { $0 }, with: reference)
      }
    }

    @Test("The Open Inference Protocol gives the same, with the id, and only the outputs asked for")
    func openInference() async throws {
      let (rows, reference) = (try Digits.rows(), try Digits.reference(version: "2"))
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "a"))
        let data = rows.map { $0.dropFirst().dropLast() }.joined(separator: ",")
        let input = #"{"name":"X","shape":[\#(rows.count),64],"datatype":"FP32","data":[\#(data)]}"#
        let reply = try await cluster.client.ask(
          #"{"id":"run-7","inputs":[\#(input)]}"#, model: "digits", as: .json)
        let answer = try decode(reply.text(), as: OpenInferenceReply.self)
        #expect(answer.id == "run-7")
        #expect(answer.model == "digits")
        #expect(answer.version == "2")
        expectAgreement(try answer.predictions(), with: reference)

        let wanted = try await cluster.client.ask(
          #"{"inputs":[\#(input)],"outputs":[{"name":"label"}]}"#, model: "digits", as: .json)
        #expect(try decode(wanted.text(), as: OpenInferenceReply.self).outputs.map(\.name) == ["label"])
      }
    }

    @Test("Binary tensors through the client library give the same", arguments: ["1", "2"])
    func tensors(version: String) async throws {
      let (pixels, reference) = (try Digits.pixels(), try Digits.reference(version: version))
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits(version, "a"))
        let input = try Tensor(pixels.flatMap { $0 }, shape: [pixels.count, 64])
        let prediction = try await cluster.client.predict("digits", version: version, inputs: ["X": input])
        #expect(prediction.version == version)
        let labels = try #require(prediction["label"])
        let probabilities = try #require(prediction["probabilities"])
        #expect(labels.shape == [pixels.count])
        #expect(probabilities.shape == [pixels.count, 10])
        let values = try probabilities.values(as: Float.self).map { Double($0) }
        let predictions = try labels.values(as: Int64.self).enumerated().map { row, label in
          DigitPrediction(label: Int(label), probabilities: Array(values[(row * 10)..<(row * 10 + 10)]))
        }
        expectAgreement(predictions, with: reference)
      }
    }

    @Test("JSON Lines give a line a row in order, bad rows apart")
    func jsonLines() async throws {
      var rows = try Digits.rows()
      let reference = try Digits.reference(version: "1")
      rows.insert("[1,2,3]", at: 7)
      rows.insert("", at: 20)
      rows.insert("nonsense", at: 100)
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("1", "a"))
        let reply = try await cluster.client.ask(
          rows.joined(separator: "\n"), model: "digits", as: .jsonLines, requestClass: .batch)
        expectAgreement(try decodeLines(reply.text(0)), with: reference)
        let bad = try decodeLines(reply.text(1), as: BadRow.self)
        #expect(bad.map(\.row) == [7, 99])
        #expect(bad.allSatisfy { $0.code == "INVALID_ARGUMENT" })
      }
    }

    private struct BadRow: Decodable {
      var row: Int
      var code: String
    }
  }
}

/// A reply of the Open Inference Protocol from `digits`.
struct OpenInferenceReply: Decodable {
  struct Output: Decodable {
    var name: String
    var datatype: String
    var shape: [Int]
    var data: [Double]
  }

  var id: String?
  var model: String
  var version: String
  var outputs: [Output]

  enum CodingKeys: String, CodingKey {
    case id
    case model = "model_name"
    case version = "model_version"
    case outputs
  }

  /// The outputs row by row.
  func predictions() throws -> [DigitPrediction] {
    let labels = try #require(self.outputs.first { $0.name == "label" })
    let probabilities = try #require(self.outputs.first { $0.name == "probabilities" })
    try #require(labels.datatype == "INT64" && labels.shape == [labels.data.count])
    try #require(probabilities.datatype == "FP32" && probabilities.shape == [labels.data.count, 10])
    try #require(probabilities.data.count == 10 * labels.data.count)
    return labels.data.enumerated().map { row, label in
      DigitPrediction(label: Int(label), probabilities: Array(probabilities.data[(row * 10)..<(row * 10 + 10)]))
    }
  }
}
