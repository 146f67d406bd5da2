import Inference
import Tensors
import Testing

/// What ONNX models give back, against what Python's onnxruntime gave for the same inputs.
@Suite struct OnnxModelTests {
  @Test("every recorded model gives what Python's onnxruntime gave", arguments: Fixture.recorded)
  func recordedModelGivesTheSame(name: String) throws {
    let model = try Fixture.model(name)
    let parser = try JSONTensorParser(signature: model.signature)
    let requestBytes = try Fixture.bytes("\(name).request.json")
    let replyBytes = try Fixture.bytes("\(name).reply.json")
    let request = try parser.parseRequest(requestBytes.span.bytes)
    let expected = try TensorReplyParser().parseReply(replyBytes.span.bytes)
    let outputs = try model.run(request.inputs)
    #expect(outputs.count == expected.outputs.count)
    for (index, output) in expected.outputs.enumerated() {
      #expect(model.signature.outputs[index].name == output.name)
      #expect(outputs[index].shape == output.tensor.shape)
      if name == "mlp", output.tensor.dataType == .fp32 {
        for (left, right) in zip(try outputs[index].floats(), try output.tensor.floats()) {
          #expect(abs(left - right) <= 2e-6)
        }
      } else {
        #expect(outputs[index] == output.tensor)
      }
    }
  }

  @Test func fixturesAreThere() {
    #expect(Fixture.recorded.count >= 35)
  }

  @Test func signatureIsReadFromTheModel() throws {
    let model = try Fixture.model("two_in_two_out")
    #expect(model.signature.description == "a FP32[-1,2], b INT64[-1,1] -> sum FP32[-1,2], twice INT64[-1,1]")
    #expect(model.engine == "onnxruntime 1.28.0")
    #expect(try Fixture.model("identity_rank0").signature.inputs[0].shape == [])
    #expect(try Fixture.model("identity_rank3").signature.inputs[0].shape == [-1, -1, 2])
    #expect(try Fixture.model("identity_unranked").signature.inputs[0].shape == nil)
  }

  @Test(
    "whether requests may share a run is judged by all first dimensions and their names",
    arguments: [
      ("add", true), ("mlp", true), ("dynamic_length", true), ("unrelated_names", true), ("anonymous_batch", true),
      ("identity_rank1", true), ("concat_strings", true), ("identity_rank0", false), ("identity_unranked", false),
      ("two_batch_axes", false), ("transposed", false), ("fixed_batch", false), ("sum_to_scalar", false),
    ])
  func batchability(name: String, expected: Bool) throws {
    #expect(try Fixture.model(name).signature.isBatchable == expected)
  }

  @Test func metadataIsRead() throws {
    let metadata = try Fixture.model("add").metadata
    #expect(metadata.producer == "augury-fixtures")
    #expect(metadata.graphName == "add")
    #expect(metadata.domain == "test.example")
    #expect(metadata.description == "a model to test with")
    #expect(metadata.version == 7)
    #expect(metadata.properties == ["owner": "tests", "classes": "a,b"])
  }

  @Test func wantedOutputsComeInTheOrderWanted() throws {
    let model = try Fixture.model("two_in_two_out")
    let inputs = [try Tensor([1 as Float, 2], shape: [1, 2]), try Tensor([5 as Int64], shape: [1, 1])]
    let both = try model.run(inputs, outputs: [1, 0], control: nil)
    #expect(try both[0].values(as: Int64.self) == [10])
    #expect(try both[1].values(as: Float.self) == [6, 7])
    #expect(try model.run(inputs, outputs: [1], control: nil) == [both[0]])
    #expect(throws: InferenceError(.invalidArgument, "output 2 is requested, expected 0 to 1")) {
      try model.run(inputs, outputs: [2], control: nil)
    }
  }

  @Test func misalignedBytesOfAMessageAreTaken() throws {
    let model = try Fixture.model("add")
    let numbers: [Float] = [1, 2, 3]
    let bytes = numbers.withUnsafeBytes { [UInt8](repeating: 0, count: 3) + Array($0) }
    let memory = TensorBuffer(TensorMemory(copying: bytes))
    let tensor = try Tensor(dataType: .fp32, shape: [1, 3], buffer: memory[3..<15])
    #expect(try model.run([tensor, tensor])[0].values(as: Float.self) == [2, 4, 6])
  }

  @Test func outputOutlivesTheModel() throws {
    func makeOutput() throws -> Tensor {
      try Fixture.model("identity_fp32").run([try Tensor([1 as Float, 2, 3], shape: [1, 3])])[0]
    }
    let output = try makeOutput()
    #expect(try output.values(as: Float.self) == [1, 2, 3])
  }

  @Test func noRowsOfAModelWithoutABatchAxisAreFine() throws {
    let empty = try Tensor([Float](), shape: [0, 2])
    #expect(try Fixture.model("transposed").run([empty])[0].shape == [2, 0])
    #expect(try Fixture.model("identity_unranked").run([empty])[0].shape == [0, 2])
  }

  @Test func stringsKeepEveryByte() throws {
    let strings: [[UInt8]] = [[], [0, 1, 0], Array("é".utf8), [0xff, 0xfe], [10]]
    let tensor = try Tensor(byteStrings: strings + [[]], shape: [2, 3])
    #expect(try Fixture.model("identity_bytes").run([tensor])[0].byteStrings() == strings + [[]])
  }

  @Test func manyThreadsShareASession() async throws {
    let model = try Fixture.model("mlp")
    let rows = try Tensor((0..<28).map { Float($0) / 7 }, shape: [7, 4])
    let expected = try model.run([rows])
    let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          var wrong = 0
          for _ in 0..<200 where try model.run([rows]) != expected { wrong += 1 }
          return wrong
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }

  @Test func shrinkingAndThreadsChangeNoResult() throws {
    let rows = try Tensor((0..<28).map { Float($0) / 7 }, shape: [7, 4])
    let plain = try Fixture.model("mlp").run([rows])
    let shrinking = try Fixture.model("mlp", options: OnnxOptions(shrinkArenaAboveRows: 2))
    #expect(try shrinking.run([rows]) == plain)
    #expect(try shrinking.run([rows], outputs: [], control: RunControl()) == plain)
    let threaded = try Fixture.model("mlp", options: OnnxOptions(intraOpThreads: 2, optimization: .none))
    #expect(try threaded.run([rows])[0] == plain[0])
  }

  @Test(arguments: [
    "add", "mlp", "dynamic_length", "identity_bytes", "identity_rank0", "identity_unranked", "fixed_batch",
  ])
  func modelsWarmUp(name: String) throws {
    try Fixture.model(name).warmUp()
  }
}
