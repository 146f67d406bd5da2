import QueueCore

/// The registered artifacts, as the loop knows them: looked at when workers come, never for requests.
struct ArtifactTable: Sendable {
  private var models: [String: [String: Artifact]] = [:]

  /// The artifact registered for a version, if there is one.
  subscript(model: String, version: String) -> Artifact? {
    get { self.models[model]?[version] }
    set { self.models[model, default: [:]][version] = newValue }
  }

  /// The versions of a model that have artifacts, lowest first.
  func versions(of model: String) -> [String] {
    (self.models[model] ?? [:]).keys.sorted(by: Names.versionPrecedes)
  }
}

/// A worker that was refused because it does not serve the registered artifact.
struct WorkerRejection: Sendable {
  var model: String
  var version: String
  var worker: String
  /// SHA-256 of what it serves, or empty.
  var digest: [UInt8]
  /// SHA-256 of what is registered.
  var registered: [UInt8]

  /// Both digests, for people.
  var message: String {
    let served = self.digest.isEmpty ? "no artifact" : "an artifact with digest \(ClusterSnapshot.hex(self.digest))"
    return "worker \"\(self.worker)\" serves \(served), registered for \(self.model)@\(self.version) is "
      + ClusterSnapshot.hex(self.registered)
  }
}

extension DisconnectHeader {
  /// The worker wants to be told where its artifact is, and the registry has none.
  static func notRegistered(model: String, version: String, known: [String]) -> DisconnectHeader {
    let others = known.isEmpty ? "no version of it is" : "registered are \(known.joined(separator: ", "))"
    return DisconnectHeader(
      status: .notFound,
      detail: ErrorDetail(
        reason: "NOT_REGISTERED",
        message: "\(model)@\(version) is not registered, \(others); register it, or name the model's file to the worker"
      ))
  }
}
