import Inference
import Tensors
import Testing

/// What is refused, and in which words.
@Suite struct OnnxRefusalTests {
  private func failure(_ body: () throws(InferenceError) -> Void) -> InferenceError? {
    do throws(InferenceError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func inputsThatDoNotFitAreRefusedBeforeTheyRun() throws {
    let model = try Fixture.model("two_in_two_out")
    let a = try Tensor([1 as Float, 2], shape: [1, 2])
    let b = try Tensor([5 as Int64], shape: [1, 1])
    let wide = try Tensor([1 as Float, 2, 3], shape: [1, 3])
    let doubled = try Tensor([1, 2] as [Double], shape: [1, 2])
    let twoRows = try Tensor([5, 6] as [Int64], shape: [2, 1])
    let none = try Tensor([Float](), shape: [0, 2])
    let noneToo = try Tensor([Int64](), shape: [0, 1])
    let expected: [([Tensor], String)] = [
      ([a], "1 inputs, expected 2: \"a\", \"b\""),
      ([wide, b], "input \"a\": shape [1,3], expected [-1,2]"),
      ([doubled, b], "input \"a\": datatype FP64, expected FP32"),
      ([a, twoRows], "input \"b\": shape [2,1], expected 1 rows as in input \"a\""),
      ([none, noneToo], "input \"a\": shape [0,2], expected at least one row"),
    ]
    for (inputs, message) in expected {
      #expect(
        self.failure { () throws(InferenceError) in _ = try model.run(inputs) }
          == InferenceError(.invalidArgument, message))
    }
  }

  @Test func runThatFailsSaysWhyInOneLineAndTheNextOneWorks() throws {
    let model = try Fixture.model("gather")
    let bad = try Tensor([7 as Int64])
    let error = try #require(self.failure { () throws(InferenceError) in _ = try model.run([bad]) })
    #expect(error.code == .invalidArgument)
    #expect(error.message.hasPrefix("the model failed: "))
    #expect(error.message.contains("idx=7 must be within the inclusive range [-3,2]"))
    #expect(!error.message.contains("\n") && !error.message.contains("/onnxruntime_src"))
    #expect(try model.run([try Tensor([1 as Int64])])[0].values(as: Float.self) == [20])
  }

  @Test func whatIsNoTensorIsRefusedOnLoading() throws {
    let sequence = self.failure { () throws(InferenceError) in
      _ = try OnnxModel(path: Fixture.path("sequence_output.onnx"), library: try self.library())
    }
    #expect(sequence?.code == .unimplemented)
    #expect(sequence?.message.hasPrefix("output \"y\" is a sequence, expected a tensor") == true)
    let exotic = self.failure { () throws(InferenceError) in
      _ = try OnnxModel(path: Fixture.path("float8_output.onnx"), library: try self.library())
    }
    #expect(exotic?.code == .unimplemented)
    #expect(exotic?.message.hasPrefix("output \"y\" has ONNX element type 17") == true)
  }

  @Test func missingFolderAndCorruptFilesAreRefused() throws {
    let folder = TemporaryFolder()
    let sound = try Fixture.bytes("mlp.onnx")
    let cases: [(String, InferenceError.Code, String)] = [
      ("\(folder.path)/none.onnx", .notFound, "no model file"),
      (folder.path, .invalidArgument, "is not a file"),
      (folder.write([], to: "empty.onnx"), .invalidArgument, "empty.onnx failed: ModelProto does not have a graph."),
      (folder.write(Array("not a model".utf8), to: "text.onnx"), .invalidArgument, "text.onnx"),
      (folder.write(Array(sound.prefix(sound.count / 2)), to: "half.onnx"), .invalidArgument, "half.onnx"),
    ]
    for (path, code, words) in cases {
      let error = self.failure { () throws(InferenceError) in
        _ = try OnnxModel(path: path, library: try self.library())
      }
      #expect(error?.code == code, "\(path): \(error.map { "\($0)" } ?? "loaded")")
      #expect(error?.message.contains(words) == true)
      #expect(error?.message.contains("\n") == false)
      #expect(error?.message.contains("onnxruntime_src") == false && error?.message.contains("::") == false)
    }
  }

  @Test func everyMutatedModelLoadsOrIsRefused() throws {
    let sound = try Fixture.bytes("mlp.onnx")
    let folder = TemporaryFolder()
    let library = try self.library()
    var refused = 0
    for position in stride(from: 0, to: sound.count, by: 7) {
      var bytes = sound
      bytes[position] ^= 0x55
      let path = folder.write(bytes, to: "mutated.onnx")
      if self.failure({ () throws(InferenceError) in _ = try OnnxModel(path: path, library: library) }) != nil {
        refused += 1
      }
    }
    #expect(refused > 0)
  }

  @Test func threadsOutOfRangeAreRefused() throws {
    let error = self.failure { () throws(InferenceError) in
      _ = try OnnxModel(
        path: Fixture.path("add.onnx"), library: try self.library(), options: OnnxOptions(intraOpThreads: 0))
    }
    #expect(error == InferenceError(.invalidArgument, "0 threads for a run, expected 1 to 1024"))
  }

  private func library() throws(InferenceError) -> OnnxLibrary {
    do {
      return try Fixture.library()
    } catch {
      throw InferenceError(.unavailable, "\(error)")
    }
  }
}
