import Inference
import Synchronization
import Tensors

/// A model without a runtime: doubles its input, refuses some values, and remembers what it was asked to run.
final class FakeModel: Model {
  /// `x FP32[-1,…] -> y FP32[-1,…]`, or without the free first dimension.
  let signature: Signature
  /// An input that has this value makes the whole run fail.
  static let poison: Float = 666
  /// The same, but as a fault of the model.
  static let crash: Float = 667
  private let calls = Mutex<[Int]>([])
  private let onRun: @Sendable (Int) -> Void
  /// An input that has this value makes the run last until it is stopped.
  static let hang: Float = 668
  private let onHang: @Sendable () -> Void

  /// `onRun` is called within each run, with the number of runs before it; `onHang` within one that hangs, and is to
  /// have it stopped.
  init(
    rowShape: [Int] = [2], isBatchable: Bool = true, onRun: @escaping @Sendable (Int) -> Void = { _ in },
    onHang: @escaping @Sendable () -> Void = {}
  ) {
    self.onHang = onHang
    self.onRun = onRun
    let shape = isBatchable ? [-1] + rowShape : rowShape
    self.signature = Signature(
      inputs: [TensorSpec(name: "x", dataType: .fp32, shape: shape)],
      outputs: [TensorSpec(name: "y", dataType: .fp32, shape: shape)])
  }

  var engine: String { "fake" }

  /// The rows of each run so far, in order.
  var runs: [Int] { self.calls.withLock { $0 } }

  func run(_ inputs: [Tensor], outputs: [Int], control: RunControl?) throws(InferenceError) -> [Tensor] {
    let before = self.calls.withLock { calls in
      calls.append(inputs[0].rowCount ?? 0)
      return calls.count - 1
    }
    self.onRun(before)
    do {
      let values: [Float] = try inputs[0].values()
      if values.contains(Self.hang) {
        self.onHang()
        guard control?.isCancelled == true else { throw TensorError(.internal, .outOfRange, "nobody stops this run") }
        throw InferenceError(.cancelled, "the run was cancelled")
      }
      if values.contains(Self.poison) { throw TensorError(.outOfRange, "the model does not take 666") }
      if values.contains(Self.crash) { throw TensorError(.internal, .outOfRange, "the model broke") }
      return [try Tensor(values.map { $0 * 2 }, shape: inputs[0].shape)]
    } catch let error as TensorError {
      throw InferenceError(error)
    } catch let error as InferenceError {
      throw error
    } catch {
      throw InferenceError(.internal, "\(error)")
    }
  }
}
