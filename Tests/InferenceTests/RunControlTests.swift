import Glibc
import Inference
import Synchronization
import Tensors
import Testing

/// Stopping runs from outside.
@Suite struct RunControlTests {
  @Test func aCancelledRunNeverStarts() throws {
    let control = RunControl()
    control.cancel()
    let count = Tensor(scalar: 3 as Int64)
    let error = #expect(throws: InferenceError.self) {
      try Fixture.model("slow").run([count], outputs: [], control: control)
    }
    #expect(error == InferenceError(.cancelled, "the run was cancelled"))
  }

  @Test(.timeLimit(.minutes(1))) func aLongRunIsStopped() throws {
    let model = try Fixture.model("slow")
    let control = RunControl()
    let canceller = CancellingThread(control)
    // As many steps as would take hours.
    let count = Tensor(scalar: 100_000_000 as Int64)
    let error = #expect(throws: InferenceError.self) { try model.run([count], outputs: [], control: control) }
    #expect(error?.code == .cancelled)
    canceller.join()
    #expect(try model.run([Tensor(scalar: 1 as Int64)])[0].values(as: Float.self) == [0])
  }

  @Test(.timeLimit(.minutes(1))) func anEchoIsStopped() throws {
    let echo = EchoModel(options: .init(delay: .seconds(3600)))
    let control = RunControl()
    let canceller = CancellingThread(control)
    #expect(throws: InferenceError(.cancelled, "echo was cancelled")) {
      try echo.process([TensorBuffer(TensorMemory(copying: [1]))], control: control)
    }
    canceller.join()
  }
}

/// A thread that cancels once the run is likely to be under way; whenever it does, the outcome is the same.
private final class CancellingThread {
  private var thread = pthread_t()

  init(_ control: RunControl) {
    let argument = Unmanaged.passRetained(control).toOpaque()
    pthread_create(
      &self.thread, nil,
      { argument in
        guard let argument else { return nil }
        let control = Unmanaged<RunControl>.fromOpaque(argument).takeRetainedValue()
        for _ in 0..<1000 { sched_yield() }
        control.cancel()
        return nil
      }, argument)
  }

  func join() { pthread_join(self.thread, nil) }
}
