import FoundationEssentials

/// The file that says where a broker listens: written once it does, so that scripts and tests can wait for it and
/// need not choose ports.
enum EndpointsFile {
  static let name = "endpoints.json"

  /// Writes `endpoints.json` into the data directory, whole or not at all. Throws what the file system says.
  static func write(_ endpoints: BrokerEndpoints, processID: Int32, in directory: String) throws {
    let content = [
      "frontend": endpoints.frontend, "backend": endpoints.backend, "events": endpoints.events,
      "pid": String(processID),
    ]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let url = URL(filePath: directory).appending(path: Self.name)
    try encoder.encode(content).write(to: url, options: .atomic)
  }

  /// Takes the file away: nobody listens any more, or not yet.
  static func remove(in directory: String) {
    try? FileManager.default.removeItem(atPath: "\(directory)/\(Self.name)")
  }
}
