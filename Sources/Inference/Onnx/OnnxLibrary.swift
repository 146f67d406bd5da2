import COnnxRuntime
import Glibc

/// ONNX Runtime's shared library, opened at run time, so that everything builds and starts without it.
///
/// Telemetry is switched off before the library sees the environment, and it logs nothing: failures come as errors.
public final class OnnxLibrary: @unchecked Sendable {
  // Unchecked because of the pointers: they are the library's own, live as long as the process, and may be used from
  // any thread.
  let api: UnsafePointer<ort_api>
  let environment: OpaquePointer
  let allocator: OpaquePointer
  let memoryInfo: OpaquePointer
  /// Whether the library can tell a scalar from a tensor of unknown rank.
  let knowsUnknownRank: Bool

  /// The release, such as `1.28.0`.
  public let version: String
  /// The name or path that it was opened by.
  public let path: String

  /// Says to the library, which has yet to be loaded, what it must find in the environment. Call it before other
  /// threads read the environment; ``load(path:)`` does not write to it after that.
  public static func prepareEnvironment() {
    if getenv("ORT_DISABLE_TELEMETRY") == nil { setenv("ORT_DISABLE_TELEMETRY", "1", 1) }
  }

  /// Opens the library.
  ///
  /// With a path, or else one in the environment variable `ORT_LIB_PATH`, only that is tried; it may be the library or
  /// the folder it is in. Otherwise it is looked for beside the executable and then where the system keeps libraries.
  /// Throws `unavailable` with what the system said about every candidate. Call it, or ``prepareEnvironment()``, before
  /// other threads read the environment.
  public static func load(path: String? = nil) throws(InferenceError) -> OnnxLibrary {
    Self.prepareEnvironment()
    var failures: [String] = []
    for candidate in OnnxLibraryCandidates.all(given: path) {
      guard let handle = dlopen(candidate, RTLD_NOW | RTLD_LOCAL) else {
        failures.append(dlerror().map { String(cString: $0) } ?? "\(candidate): unknown error")
        continue
      }
      return try OnnxLibrary(handle: handle, path: candidate)
    }
    throw InferenceError(
      .unavailable,
      "ONNX Runtime cannot be loaded (\(failures.joined(separator: "; "))); name the library with ORT_LIB_PATH")
  }

  private init(handle: UnsafeMutableRawPointer, path: String) throws(InferenceError) {
    guard let symbol = dlsym(handle, "OrtGetApiBase"),
      let base = unsafeBitCast(symbol, to: ort_get_api_base.self)()
    else {
      throw InferenceError(.unavailable, "\(path) is not ONNX Runtime: it has no OrtGetApiBase")
    }
    let version = String(cString: base.pointee.version())
    guard let api = base.pointee.get_api(UInt32(ORT_NEEDED_API)) else {
      throw InferenceError(
        .unavailable, "\(path) is ONNX Runtime \(version), expected 1.\(ORT_NEEDED_API) or later")
    }
    self.api = api
    self.path = path
    self.version = version
    self.knowsUnknownRank = (Self.minorVersion(version) ?? 0) >= ORT_HAS_SHAPE_API
    // The environment is one per process and lives as long; asking again gives the same.
    self.environment = try Self.require(api, "an environment") { out in
      api.pointee.create_env_with_custom_logger({ _, _, _, _, _, _ in }, nil, Int32(ORT_SEVERITY_FATAL), "augury", out)
    }
    self.allocator = try Self.require(api, "an allocator") { out in api.pointee.default_allocator(out) }
    self.memoryInfo = try Self.require(api, "memory info") { out in
      api.pointee.create_cpu_memory_info(Int32(ORT_ALLOCATOR_ARENA), Int32(ORT_MEMORY_DEFAULT), out)
    }
    try self.check(api.pointee.disable_telemetry_events(self.environment), "switching off telemetry")
  }

  deinit { self.api.pointee.release_memory_info(self.memoryInfo) }

  private static func minorVersion(_ version: String) -> Int? {
    let parts = version.split(separator: ".")
    return parts.count > 1 ? Int(parts[1]) : nil
  }

  // MARK: Statuses

  /// Throws the error of a status, if there is one, and releases it.
  func check(_ status: OpaquePointer?, _ what: @autoclosure () -> String) throws(InferenceError) {
    try Self.check(self.api, status, what())
  }

  /// Gets an object that a call hands out through a pointer.
  func require(
    _ what: @autoclosure () -> String, _ call: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
  ) throws(InferenceError) -> OpaquePointer {
    try Self.require(self.api, what(), call)
  }

  private static func require(
    _ api: UnsafePointer<ort_api>, _ what: @autoclosure () -> String,
    _ call: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
  ) throws(InferenceError) -> OpaquePointer {
    var object: OpaquePointer?
    try Self.check(api, call(&object), what())
    guard let object else { throw InferenceError(.internal, "ONNX Runtime gave no \(what()) and no error") }
    return object
  }

  private static func check(
    _ api: UnsafePointer<ort_api>, _ status: OpaquePointer?, _ what: @autoclosure () -> String
  ) throws(InferenceError) {
    guard let status else { return }
    defer { api.pointee.release_status(status) }
    let text = OnnxMessage.flatten(String(cString: api.pointee.get_error_message(status)))
    let code = OnnxMessage.code(of: api.pointee.get_error_code(status), text: text)
    throw InferenceError(code, "\(what()): \(text)")
  }

  /// Copies and frees a text that the library allocated; nil for none.
  func takeText(
    _ what: String, _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> OpaquePointer?
  ) throws(InferenceError) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    try self.check(call(&text), what)
    guard let text else { return nil }
    defer { self.free(text) }
    return String(cString: text)
  }

  /// Frees what the library's allocator made.
  func free(_ memory: UnsafeMutableRawPointer) {
    if let status = self.api.pointee.allocator_free(self.allocator, memory) { self.api.pointee.release_status(status) }
  }
}
