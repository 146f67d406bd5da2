import Glibc

/// Where the shared library of ONNX Runtime may be.
enum OnnxLibraryCandidates {
  static let names = ["libonnxruntime.so", "libonnxruntime.so.1"]

  /// The names and paths to try, in order.
  static func all(given path: String?) -> [String] {
    if let path, !path.isEmpty { return Self.expand(path) }
    if let path = getenv("ORT_LIB_PATH").map({ String(cString: $0) }), !path.isEmpty { return Self.expand(path) }
    var candidates: [String] = []
    if let folder = Self.executableFolder {
      candidates += Self.names.map { "\(folder)/\($0)" }
      candidates += Self.projectLibrary(above: folder).map { [$0] } ?? []
    }
    return candidates + Self.names.reversed()
  }

  /// A folder stands for the libraries in it.
  private static func expand(_ path: String) -> [String] {
    FileSystem.isFolder(path) ? Self.names.map { "\(path)/\($0)" } : [path]
  }

  /// Where `make setup` puts the library: in the project that a program was built in, if it was built in one.
  private static func projectLibrary(above folder: String) -> String? {
    var folder = folder[...]
    while let slash = folder.lastIndex(of: "/") {
      folder = folder[..<slash]
      let path = "\(folder)/.augury/onnxruntime/\(Self.names[0])"
      if FileSystem.isFile(path) { return path }
    }
    return nil
  }

  private static var executableFolder: String? {
    guard let executable = FileSystem.executablePath, let slash = executable.lastIndex(of: "/") else { return nil }
    return String(executable[..<slash])
  }
}
