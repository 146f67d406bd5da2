import Glibc
import Inference
import Tensors

/// The files beside these tests, and the library that runs them.
enum Fixture {
  /// ONNX Runtime, from `ORT_LIB_PATH` or where the set-up puts it; the tests fail with what `load` says without it.
  static func library() throws -> OnnxLibrary {
    if getenv("ORT_LIB_PATH") != nil { return try OnnxLibrary.load() }
    return try OnnxLibrary.load(path: "\(Self.packageRoot)/.augury/onnxruntime/libonnxruntime.so")
  }

  static func model(_ name: String, options: OnnxOptions = OnnxOptions()) throws -> OnnxModel {
    try OnnxModel(path: Self.path("\(name).onnx"), library: try Self.library(), options: options)
  }

  static func path(_ name: String) -> String { "\(Self.folder(of: #filePath))/Fixtures/\(name)" }

  static func bytes(_ name: String) throws -> [UInt8] {
    let descriptor = open(Self.path(name), O_RDONLY)
    guard descriptor >= 0 else { throw MissingFixture(name: name) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  struct MissingFixture: Error {
    var name: String
  }

  /// The names of all fixtures that have a recorded reply.
  static let recorded: [String] = {
    guard let directory = opendir("\(Self.folder(of: #filePath))/Fixtures") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".reply.json") { names.append(String(name.dropLast(".reply.json".count))) }
    }
    return names.sorted()
  }()

  private static var packageRoot: String { Self.folder(of: Self.folder(of: Self.folder(of: #filePath))) }

  private static func folder(of path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }
}

/// A folder that is gone with everything in it when the test is over.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/augury-tests-XXXXXX".utf8CString)
    self.path = template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, let made = mkdtemp(base) else { fatalError("cannot make a folder in /tmp") }
      return String(cString: made)
    }
  }

  deinit { Self.remove(self.path) }

  private static func remove(_ path: String) {
    if let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != "." && name != ".." { Self.remove("\(path)/\(name)") }
      }
      closedir(directory)
    }
    Glibc.remove(path)
  }

  /// Writes a file, making the folders on its way.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) -> String {
    let path = "\(self.path)/\(name)"
    var end = self.path.endIndex
    while let slash = path[path.index(after: end)...].firstIndex(of: "/") {
      mkdir(String(path[..<slash]), 0o755)
      end = slash
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(descriptor) }
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    return path
  }
}
