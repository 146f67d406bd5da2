import COnnxRuntime
import Glibc
import Synchronization

/// Owns a session of ONNX Runtime and what its runs need every time.
final class OnnxSession: @unchecked Sendable {
  // Unchecked because of the pointers: a session may be run from any thread, the names are never written again.
  let library: OnnxLibrary
  let raw: OpaquePointer
  /// NUL-terminated names, in the model's order, as the library wants them.
  private(set) var inputNames: [UnsafePointer<CChar>?] = []
  private(set) var outputNames: [UnsafePointer<CChar>?] = []
  /// Options of runs that have ended, as good as new ones.
  private let idleOptions = Mutex<[OnnxRunOptions]>([])

  init(path: String, library: OnnxLibrary, options: OnnxOptions) throws(InferenceError) {
    self.library = library
    let api = library.api
    let settings = try library.require("session options") { out in api.pointee.create_session_options(out) }
    defer { api.pointee.release_session_options(settings) }
    try Self.apply(options, to: settings, library: library)
    do throws(InferenceError) {
      self.raw = try library.require("cannot load \(path)") { out in
        api.pointee.create_session(library.environment, path, settings, out)
      }
    } catch {
      // Whatever the library says without a reason is about the file.
      throw InferenceError(error.code == .internal ? .invalidArgument : error.code, error.message)
    }
  }

  deinit {
    self.library.api.pointee.release_session(self.raw)
    for name in self.inputNames + self.outputNames { free(UnsafeMutablePointer(mutating: name)) }
  }

  func setNames(inputs: [String], outputs: [String]) {
    self.inputNames = inputs.map { UnsafePointer(strdup($0)) }
    self.outputNames = outputs.map { UnsafePointer(strdup($0)) }
  }

  /// Options for a run that can be stopped: making them takes the library longer than running a small model's row.
  func takeRunOptions() throws(InferenceError) -> OnnxRunOptions {
    if let options = self.idleOptions.withLock({ $0.popLast() }) { return options }
    return try OnnxRunOptions(library: self.library, shrinksArena: false)
  }

  /// Takes back options that nobody has told to stop, nor can any more.
  func giveBack(_ options: OnnxRunOptions) {
    self.idleOptions.withLock { $0.append(options) }
  }

  private static func apply(
    _ options: OnnxOptions, to settings: OpaquePointer, library: OnnxLibrary
  ) throws(InferenceError) {
    let api = library.api
    guard (1...1024).contains(options.intraOpThreads) else {
      throw InferenceError(.invalidArgument, "\(options.intraOpThreads) threads for a run, expected 1 to 1024")
    }
    let level =
      switch options.optimization {
      case .none: ORT_OPTIMIZE_NONE
      case .basic: ORT_OPTIMIZE_BASIC
      case .extended: ORT_OPTIMIZE_EXTENDED
      case .all: ORT_OPTIMIZE_ALL
      }
    try library.check(api.pointee.set_intra_op_threads(settings, Int32(options.intraOpThreads)), "setting threads")
    try library.check(api.pointee.set_inter_op_threads(settings, 1), "setting threads")
    try library.check(api.pointee.set_graph_optimization_level(settings, Int32(level)), "setting optimization")
    // Spinning threads would burn the cores that other workers need.
    for key in ["session.intra_op.allow_spinning", "session.inter_op.allow_spinning"] {
      try library.check(api.pointee.add_session_config(settings, key, "0"), "setting \(key)")
    }
  }
}
