import COnnxRuntime
import Tensors

/// What one run is told besides inputs and outputs.
final class OnnxRunOptions: @unchecked Sendable {
  // Unchecked because of the pointer: the one call made while a run uses it is made for other threads.
  let raw: OpaquePointer
  private let library: OnnxLibrary

  init(library: OnnxLibrary, shrinksArena: Bool) throws(InferenceError) {
    self.library = library
    self.raw = try library.require("run options") { out in library.api.pointee.create_run_options(out) }
    guard shrinksArena else { return }
    let key = "memory.enable_memory_arena_shrinkage"
    try library.check(library.api.pointee.add_run_config(self.raw, key, "cpu:0"), "setting \(key)")
  }

  deinit { self.library.api.pointee.release_run_options(self.raw) }

  /// Makes the run end with an error when it is next between two operators.
  func terminate() {
    if let status = self.library.api.pointee.run_options_terminate(self.raw) {
      self.library.api.pointee.release_status(status)
    }
  }
}

/// One run of a session: wraps the inputs, runs, takes the outputs over.
struct OnnxRun {
  private let session: OnnxSession
  private let library: OnnxLibrary
  private let control: RunControl?
  /// Only there when there is something to say.
  private let options: OnnxRunOptions?
  private let shrinksArena: Bool

  init(session: OnnxSession, shrinksArena: Bool, control: RunControl?) throws(InferenceError) {
    self.session = session
    self.library = session.library
    self.control = control
    self.options =
      if shrinksArena {
        try OnnxRunOptions(library: session.library, shrinksArena: true)
      } else if control != nil {
        try session.takeRunOptions()
      } else {
        nil
      }
    self.shrinksArena = shrinksArena
  }

  /// Gives the options back for another run, unless they tell whoever has them to stop.
  private func giveBackOptions() {
    guard let options = self.options, let control = self.control, !self.shrinksArena, !control.isCancelled else {
      return
    }
    self.session.giveBack(options)
  }

  /// Runs for the outputs of these indices, all if there are none.
  func perform(_ inputs: [Tensor], outputs: [Int], specs: [TensorSpec]) throws(InferenceError) -> [Tensor] {
    let wanted = outputs.isEmpty ? Array(specs.indices) : outputs
    let names = outputs.isEmpty ? self.session.outputNames : outputs.map { self.session.outputNames[$0] }
    var values: [OpaquePointer?] = []
    var results = [OpaquePointer?](repeating: nil, count: wanted.count)
    // Outputs that were taken over are nil by then; a failed run may leave some.
    defer {
      for value in values { self.library.api.pointee.release_value(value) }
      for value in results where value != nil { self.library.api.pointee.release_value(value) }
    }
    if let options = self.options { self.control?.begin { options.terminate() } }
    defer {
      self.control?.finish()
      self.giveBackOptions()
    }
    values.reserveCapacity(inputs.count)
    for (index, input) in inputs.enumerated() {
      values.append(try OnnxValue.make(input, library: self.library, index: index))
    }
    // The values point into the inputs' buffers.
    let status = withExtendedLifetime(inputs) {
      self.library.api.pointee.run(
        self.session.raw, self.options?.raw, self.session.inputNames, values, values.count, names, names.count, &results
      )
    }
    do throws(InferenceError) {
      try self.library.check(status, "the model failed")
    } catch {
      if self.control?.isCancelled == true { throw InferenceError(.cancelled, "the run was cancelled") }
      throw error
    }
    var tensors: [Tensor] = []
    tensors.reserveCapacity(wanted.count)
    for position in wanted.indices {
      guard let value = results[position] else {
        throw InferenceError(.internal, "output \"\(specs[wanted[position]].name)\" has no value")
      }
      results[position] = nil
      tensors.append(try OnnxValue.take(value, library: self.library, spec: specs[wanted[position]]))
    }
    return tensors
  }
}
