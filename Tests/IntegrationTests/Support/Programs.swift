import FoundationEssentials
import Glibc

/// Where the programs under test are, and what they need.
enum Programs {
  /// The folder with Package.swift.
  static let packageRoot: String = {
    // …/Tests/IntegrationTests/Support/Programs.swift
    var path = #filePath
    for _ in 0..<4 { path = Self.parent(of: path) }
    return path
  }()

  /// The folder with the programs: `AUGURY_BIN`, else where the tests themselves are, else the debug build.
  static let folder: String = {
    if let chosen = Self.environment["AUGURY_BIN"], !chosen.isEmpty { return chosen }
    var candidates: [String] = []
    if let this = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      candidates.append(Self.parent(of: this))
    }
    // Where a runner of the toolchain loads the tests, their path is among its arguments.
    candidates += CommandLine.arguments.filter { $0.contains(".xctest") }.map { Self.parent(of: $0) }
    candidates.append("\(Self.packageRoot)/.build/debug")
    return candidates.first { folder in
      ["broker", "worker", "augury"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
    } ?? candidates[0]
  }()

  /// ONNX Runtime's shared library, as the set-up leaves it.
  static var onnxRuntime: String { "\(Self.packageRoot)/.augury/onnxruntime/libonnxruntime.so" }

  /// The folder with pyzmq, as the set-up leaves it.
  static var pythonPackages: String { "\(Self.packageRoot)/.augury/python" }

  /// The example's model repository.
  static var models: String { "\(Self.packageRoot)/Examples/models" }

  /// The variables that programs under test get: nothing of `AUGURY_…` that whoever runs the tests has set.
  static var childEnvironment: [String: String] {
    var variables = Self.environment.filter { !$0.key.hasPrefix("AUGURY_") }
    if variables["ORT_LIB_PATH"] == nil { variables["ORT_LIB_PATH"] = Self.onnxRuntime }
    return variables
  }

  private static var environment: [String: String] { ProcessInfo.processInfo.environment }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
