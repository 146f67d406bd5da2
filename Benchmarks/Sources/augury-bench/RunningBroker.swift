import Foundation

/// A broker with ports of its own and a data folder that goes with it.
struct RunningBroker {
  let child: Child
  let frontend: String
  let backend: String

  init(programs: String, prefix: [String] = []) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("augury-bench-\(UUID().uuidString)")
    let any = "tcp://127.0.0.1:*"
    let command =
      prefix + [
        "\(programs)/broker", "--frontend", any, "--backend", any, "--events", any, "--data-dir", folder.path,
        "--log-level", "error",
      ]
    self.child = try Child(command[0], Array(command.dropFirst()), folder: folder)
    let file = folder.appendingPathComponent("endpoints.json")
    let deadline = Date().addingTimeInterval(30)
    while !FileManager.default.fileExists(atPath: file.path) {
      guard self.child.isRunning, Date() < deadline else { throw BenchError("the broker did not start") }
      Thread.sleep(forTimeInterval: 0.02)
    }
    let endpoints = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
    guard let frontend = endpoints["frontend"], let backend = endpoints["backend"] else {
      throw BenchError("the broker does not say where it listens")
    }
    self.frontend = frontend
    self.backend = backend
  }
}
