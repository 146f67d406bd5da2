import AuguryClient
import QueueCore
import Tensors
import Testing

@Suite("A client's predictions", .timeLimit(.minutes(3)))
struct PredictTests {
  private static let origin = Origin(
    model: "double", version: "7", digest: [UInt8](0..<32), worker: "host-42")

  /// A broker whose model answers each of its inputs doubled, under the name of the input with `2x` before it.
  private static func doubling(_ unit: HeardUnit, _ names: [String]) -> [ScriptedBroker.Message] {
    do {
      let signature = Signature(
        inputs: names.map { TensorSpec(name: $0, dataType: .fp32, shape: nil) },
        outputs: names.map { TensorSpec(name: "2x\($0)", dataType: .fp32, shape: nil) })
      let parts = unit.parts.dropFirst().map { TensorBuffer(TensorMemory(copying: $0)) }
      let head = unit.parts[0]
      let request = try JSONTensorParser(signature: signature).parseRequest(head.span.bytes, parts: parts)
      let all = try zip(names, request.inputs).map { name, input in
        NamedTensor("2x\(name)", try Tensor(input.values(as: Float.self).map { $0 * 2 }, shape: input.shape))
      }
      return [try Self.reply(to: unit, request.outputs.isEmpty ? all : request.outputs.map { all[$0.index] })]
    } catch {
      return [unit.refusal(.invalidArgument, "BAD_TENSORS", "\(error)")]
    }
  }

  private static func reply(to unit: HeardUnit, _ outputs: [NamedTensor]) throws -> ScriptedBroker.Message {
    let head = ByteBuffer()
    try head.appendReply(modelName: "double", modelVersion: "7", outputs: outputs) { _ in true }
    let parts = [head.bytes.array] + outputs.map { $0.tensor.buffer.bytes.array }
    return unit.reply(parts, contentType: .tensors, origin: Self.origin)
  }

  @Test("Tensors go out and come back as bytes, with who made them and when")
  func roundTrip() async throws {
    let broker = try ScriptedBroker { Self.doubling($0, ["a", "b"]) }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let values = (0..<200).map { Float($0) / 3 }
    let prediction = try await client.predict(
      "double", inputs: ["b": Tensor(values, shape: [2, 100]), "a": Tensor([Float.infinity, -0.0])],
      timeout: .seconds(50))
    #expect(prediction.outputs.map(\.name) == ["2xa", "2xb"])
    #expect(prediction["2xb"]?.shape == [2, 100])
    #expect(try prediction["2xb"]?.values(as: Float.self) == values.map { $0 * 2 })
    #expect(try prediction["2xa"]?.values(as: Float.self) == [.infinity, -0.0])
    #expect(prediction["a"] == nil)
    #expect(prediction.model == "double" && prediction.version == "7" && prediction.worker == "host-42")
    #expect(prediction.digest == [UInt8](0..<32))
    #expect(prediction.attempts == 1)
    #expect(prediction.queueTime == .microseconds(40) && prediction.computeTime == .microseconds(2))
    #expect(prediction.latency > .zero)

    let heard = await broker.log.first(.request)
    #expect(try RequestHeader(decoding: heard.header.span.bytes).contentType == .tensors)
    #expect(heard.parts.count == 3)
    #expect(!String(decoding: heard.parts[0], as: UTF8.self).contains("data\":["))
    await client.close()
    await broker.stop()
  }

  @Test("Inputs given in an order are sent in it, and outputs asked for are named")
  func order() async throws {
    let broker = try ScriptedBroker { Self.doubling($0, ["y", "z"]) }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let inputs = [NamedTensor("z", try Tensor([Float(1)])), NamedTensor("y", try Tensor([Float(2)]))]
    let prediction = try await client.predict("double", version: "7", inputs: inputs, outputs: ["2xz", "2xy"])
    #expect(prediction.outputs.map(\.name) == ["2xz", "2xy"])
    let head = String(decoding: await broker.log.first(.request).parts[0], as: UTF8.self)
    #expect(head.contains(#""outputs":[{"name":"2xz"},{"name":"2xy"}]"#))
    await client.close()
    await broker.stop()
  }

  @Test("A reply in JSON is read as well")
  func jsonReply() async throws {
    let json =
      #"{"model_name":"m","model_version":"3","outputs":[{"name":"y","datatype":"INT64","shape":[2],"data":[4,5]}]}"#
    let broker = try ScriptedBroker { [$0.reply([Array(json.utf8)], contentType: .json)] }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let prediction = try await client.predict("m", inputs: ["x": Tensor(scalar: Float(1))])
    #expect(try prediction["y"]?.values(as: Int64.self) == [4, 5])
    #expect(prediction.model == "m" && prediction.version == "3" && prediction.worker.isEmpty)
    await client.close()
    await broker.stop()
  }

  @Test("A reply that is not what it announces is INTERNAL, and says what is wrong")
  func malformedReplies() async throws {
    let head = #"{"outputs":[{"name":"y","datatype":"FP32","shape":[2],"parameters":{"binary_data_size":8}}]}"#
    let replies: [(parts: [[UInt8]], type: QueueCore.ContentType)] = [
      ([], .tensors), ([[1]], .octets), ([Array("{".utf8)], .tensors), ([Array(head.utf8)], .tensors),
      ([Array(head.utf8), [1, 2, 3]], .tensors),
      ([Array(head.utf8), [UInt8](repeating: 0, count: 8), []], .tensors),
    ]
    for (parts, type) in replies {
      let broker = try ScriptedBroker { [$0.reply(parts, contentType: type)] }
      let client = try AuguryClient(broker: broker.endpoint, options: .patient)
      let input = Tensor(scalar: Float(1))
      let error = await failure { () async throws(PredictionError) in
        try await client.predict("m", inputs: ["x": input])
      }
      #expect(error?.code == .internal)
      #expect(error?.reason == "MALFORMED_REPLY")
      await client.close()
      await broker.stop()
    }
  }

  @Test("More inputs than a message has room for are refused here")
  func tooManyInputs() async throws {
    let broker = try ScriptedBroker()
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let inputs = (0..<64).map { NamedTensor("x\($0)", Tensor(scalar: Float(0))) }
    let error = await failure { () async throws(PredictionError) in try await client.predict("m", inputs: inputs) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == "TOO_MANY_PARTS")
    await client.close()
    await broker.stop()
  }
}

extension RawSpan {
  /// A copy of the bytes.
  var array: [UInt8] {
    self.withUnsafeBytes { [UInt8]($0) }
  }
}
