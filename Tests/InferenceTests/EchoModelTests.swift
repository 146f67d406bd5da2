import Inference
import Tensors
import Testing

/// The built-in model that gives back what it gets.
@Suite struct EchoModelTests {
  @Test func withoutInputsItIsOpaque() throws {
    let echo = EchoModel()
    #expect(echo.isOpaque)
    #expect(echo.engine == "echo")
    try echo.process([TensorBuffer(TensorMemory(copying: Array("anything".utf8)))])
  }

  @Test func withInputsItGivesTensorsBack() throws {
    let echo = EchoModel(inputs: [
      TensorSpec(name: "x", dataType: .fp32, shape: [-1, 2]), TensorSpec(name: "s", dataType: .bytes, shape: [-1]),
    ])
    #expect(!echo.isOpaque)
    #expect(echo.signature.isBatchable)
    let inputs = [try Tensor([1 as Float, 2], shape: [1, 2]), try Tensor(["a"])]
    #expect(try echo.run(inputs) == inputs)
    #expect(try echo.run(inputs, outputs: [1], control: nil) == [inputs[1]])
    #expect(throws: InferenceError(.invalidArgument, "2 inputs, expected 1: \"x\"")) {
      try EchoModel(inputs: [echo.signature.inputs[0]]).run(inputs)
    }
    try echo.warmUp()
  }

  @Test func itFailsOnItsMagicValueOnly() throws {
    let echo = EchoModel(
      inputs: [TensorSpec(name: "s", dataType: .bytes, shape: [-1])], options: .init(failOn: Array("boom".utf8)))
    #expect(throws: InferenceError(.internal, "echo was told to fail on this payload")) {
      try echo.run([try Tensor(["fine", "kaboom!"])])
    }
    _ = try echo.run([try Tensor(["fine", "boo", "m"])])
    #expect(throws: InferenceError.self) { try echo.process([TensorBuffer(TensorMemory(copying: Array("boom".utf8)))]) }
  }

  @Test func itHangsOnItsMagicValueUntilItIsCancelled() throws {
    let control = RunControl()
    control.cancel()
    let echo = EchoModel(options: .init(hangOn: Array("stuck".utf8)))
    #expect(echo.options.looksAtPayload)
    #expect(throws: InferenceError(.cancelled, "echo was cancelled")) {
      try echo.process([TensorBuffer(TensorMemory(copying: Array("it got stuck".utf8)))], control: control)
    }
    try echo.process([TensorBuffer(TensorMemory(copying: Array("it is well".utf8)))])
  }

  @Test func itTakesItsTime() throws {
    let echo = EchoModel(options: .init(delay: .milliseconds(20)))
    let start = ContinuousClock.now
    try echo.process([])
    #expect(ContinuousClock.now - start >= .milliseconds(20))
  }

  @Test func itAbortsOnItsMagicValue() async {
    await #expect(processExitsWith: .signal(6)) {
      let echo = EchoModel(options: .init(crashOn: Array("crash".utf8)))
      try echo.process([TensorBuffer(TensorMemory(copying: Array("please crash now".utf8)))])
    }
  }
}
