import AuguryClient
import QueueCore
import Testing
import ZeroMQ

extension Cluster {
  /// Requests whose content does not fit the model: each is told what was wrong and what was expected, and nobody else
  /// comes to harm.
  @Suite struct WrongInputTests {
    /// A content, and what its refusal must say.
    struct Case: CustomTestStringConvertible {
      var what: String
      var content: String
      var reason: String
      var words: [String]

      var testDescription: String { self.what }
    }

    private static let row = "[\(Array(repeating: "0", count: 64).joined(separator: ","))]"
    private static let short = "[\(Array(repeating: "0", count: 63).joined(separator: ","))]"
    private static let withText = "[\(Array(repeating: "0", count: 63).joined(separator: ",")),\"ink\"]"

    static let cases = [
      Case(what: "too few numbers", content: #"{"instances":[[1,2,3]]}"#, reason: "WRONG_SHAPE", words: ["X", "64"]),
      Case(
        what: "ragged rows", content: #"{"instances":[\#(Self.row),\#(Self.short)]}"#, reason: "WRONG_SHAPE",
        words: ["X", "64", "63"]),
      Case(what: "a text", content: #"{"instances":[\#(Self.withText)]}"#, reason: "WRONG_TYPE", words: ["X", "63"]),
      Case(what: "no instances", content: #"{"instances":[]}"#, reason: "WRONG_SHAPE", words: ["at least one"]),
      Case(what: "neither form", content: #"{"rows":[]}"#, reason: "WRONG_FORM", words: ["instances", "inputs"]),
      Case(what: "no JSON", content: #"{"instances":[[1,2"#, reason: "MALFORMED_JSON", words: []),
      Case(what: "nothing", content: "", reason: "MALFORMED_JSON", words: []),
      Case(
        what: "another input", content: Self.openInference(name: "Y"), reason: "UNKNOWN_INPUT",
        words: ["\"Y\"", "\"X\""]),
      Case(what: "no input", content: #"{"inputs":[]}"#, reason: "MISSING_INPUT", words: ["\"X\""]),
      Case(
        what: "another type", content: Self.openInference(datatype: "INT64"), reason: "WRONG_TYPE",
        words: ["X", "INT64", "FP32"]),
      Case(
        what: "another shape", content: Self.openInference(shape: "[1,8,8]"), reason: "WRONG_SHAPE",
        words: ["X", "[1,8,8]", "64"]),
      Case(
        what: "an unknown output", content: Self.openInference(outputs: #","outputs":[{"name":"score"}]"#),
        reason: "UNKNOWN_OUTPUT", words: ["\"score\"", "label"]),
    ]

    private static func openInference(
      name: String = "X", shape: String = "[1,64]", datatype: String = "FP32", outputs: String = ""
    ) -> String {
      #"{"inputs":[{"name":"\#(name)","shape":\#(shape),"datatype":"\#(datatype)","data":\#(Self.row)}]\#(outputs)}"#
    }

    @Test("Each mistake is named, whatever else is in the worker's batch, and the others are answered")
    func mistakes() async throws {
      let (rows, reference) = (try Digits.rows(), try Digits.reference(version: "2"))
      try await RunningCluster.run { cluster in
        // Long enough for good and bad to meet in one batch.
        try await cluster.startWorker(.digits("2", "a", flags: ["--max-queue-delay", "30ms"]))
        var texts: [String] = []
        for (index, row) in rows.prefix(10 * Self.cases.count).enumerated() {
          if index % 10 == 0, index / 10 < Self.cases.count { texts.append(Self.cases[index / 10].content) }
          texts.append(Digits.instances([row]))
        }
        let outcomes = try await sendAll(texts, to: cluster.client, model: "digits", as: .json)
        let predictions = try outcomes.replies.map { try decode($0.text(), as: InstancesReply.self).predictions[0] }
        expectAgreement(predictions, with: Array(reference.prefix(10 * Self.cases.count)))
        #expect(outcomes.errors.count == Self.cases.count)
        for (error, mistake) in zip(outcomes.errors, Self.cases) {
          #expect(error.code == .invalidArgument, "\(mistake.what): \(error)")
          #expect(error.reason == mistake.reason, "\(mistake.what): \(error)")
          for word in mistake.words { #expect(error.message.contains(word), "\(mistake.what): \(error)") }
          #expect(!error.message.contains("\n"))
        }
        try await eventually("the worker to report its refusals") {
          try await cluster.worker("a")?.errors == ["INVALID_ARGUMENT": Self.cases.count]
        }
      }
    }

    @Test("Binary tensors that do not fit are refused with both sizes, types and shapes")
    func binary() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "a"))
        let raw = [UInt8](repeating: 0, count: 256)
        let tooShort = try await Self.refusal(Self.header(bytes: 252), [Array(raw.prefix(252))], cluster)
        #expect(tooShort.reason == "WRONG_SIZE")
        #expect(tooShort.message.contains("252") && tooShort.message.contains("256"), "\(tooShort)")

        let lying = try await Self.refusal(Self.header(bytes: 256), [Array(raw.prefix(100))], cluster)
        #expect(lying.code == .invalidArgument)
        #expect(lying.message.contains("256") && lying.message.contains("100"), "\(lying)")

        let missing = try await Self.refusal(Self.header(bytes: 256), [], cluster)
        #expect(missing.code == .invalidArgument, "\(missing)")

        let double = try await Self.refusal(Self.header(bytes: 512, type: "FP64"), [raw + raw], cluster)
        #expect(double.reason == "WRONG_TYPE")
        #expect(double.message.contains("FP64") && double.message.contains("FP32"), "\(double)")

        let good = try await cluster.client.send(
          "digits", contentType: .tensors, parts: [try frame(Self.header(bytes: 256)), try frame(raw)])
        #expect(good.parts.count >= 1)
      }
    }

    @Test("A content type that the model does not take is refused by name")
    func contentType() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "a"))
        let error = try await cluster.client.refusal(of: "octets", model: "digits", as: .octets)
        #expect(error.code == .invalidArgument)
        #expect(error.reason == "CONTENT_TYPE")
        #expect(error.message.contains("application/octet-stream") && error.message.contains("application/json"))
      }
    }

    private static func header(bytes: Int, type: String = "FP32") -> String {
      #"{"inputs":[{"name":"X","shape":[1,64],"datatype":"\#(type)","parameters":{"binary_data_size":\#(bytes)}}]}"#
    }

    private static func refusal(
      _ header: String, _ tensors: [[UInt8]], _ cluster: RunningCluster
    ) async throws -> PredictionError {
      let parts = [try frame(header)] + (try tensors.map { try frame($0) })
      let error = await #expect(throws: PredictionError.self) {
        try await cluster.client.send("digits", contentType: .tensors, parts: parts)
      }
      return try #require(error)
    }
  }
}
