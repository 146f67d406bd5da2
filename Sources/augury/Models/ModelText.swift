import AuguryClient

/// Versions of models in words.
enum ModelText {
  /// A line for each version, in the order given.
  static func table(of versions: [ModelVersion], now: Double) -> String {
    guard !versions.isEmpty else { return "no versions\n" }
    var table = Table([
      .left("MODEL"), .left("VERSION"), .left("KNOWN"), .left("STAGE"), .left("ALIASES"), .right("WORKERS"),
      .right("SIZE"), .left("DIGEST"), .right("AGE"), .left("METRICS"), .left("LABELS"),
    ])
    for version in versions {
      table.append([
        version.model, version.version, version.registered ? "registered" : "seen", version.stage ?? "",
        version.aliases.joined(separator: ","), Units.count(version.workers),
        version.sizeBytes.map(Units.bytes) ?? "", String((version.digest ?? "").prefix(12)),
        (version.createdAt ?? version.firstSeenAt).map { Units.seconds(max(0, now - $0)) } ?? "",
        self.metrics(of: version), self.labels(of: version),
      ])
    }
    return table.text
  }

  /// A line for each property.
  static func description(of version: ModelVersion, now: Double) -> String {
    var table = Table([.left(""), .left("")])
    func ago(_ time: Double) -> String { "\(Units.seconds(max(0, now - time))) ago" }
    table.append(["version", "\(version.model)@\(version.version)"])
    table.append(["known", version.registered ? "registered" : "seen, not registered"])
    if let stage = version.stage { table.append(["stage", stage]) }
    if !version.aliases.isEmpty { table.append(["aliases", version.aliases.joined(separator: ", ")]) }
    if let description = version.description { table.append(["description", description]) }
    if let path = version.path { table.append(["file", path]) }
    if let digest = version.digest { table.append(["digest", digest]) }
    if let size = version.sizeBytes { table.append(["size", Units.bytes(size)]) }
    if let signature = version.signature {
      for input in signature.inputs { table.append(["input", self.text(of: input)]) }
      for output in signature.outputs { table.append(["output", self.text(of: output)]) }
    }
    if let note = version.note { table.append(["note", note]) }
    if !version.metrics.isEmpty { table.append(["metrics", self.metrics(of: version)]) }
    if !version.labels.isEmpty { table.append(["labels", self.labels(of: version)]) }
    table.append(["workers", Units.count(version.workers)])
    if let time = version.createdAt { table.append(["registered", ago(time)]) }
    if let time = version.updatedAt, time != version.createdAt { table.append(["updated", ago(time)]) }
    if let time = version.firstSeenAt { table.append(["first served", ago(time)]) }
    if let time = version.lastSeenAt { table.append(["last started", ago(time)]) }
    return table.text
  }

  private static func metrics(of version: ModelVersion) -> String {
    version.metrics.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }

  private static func labels(of version: ModelVersion) -> String {
    version.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }

  /// `X FP32 [-1, 64]`.
  private static func text(of tensor: ModelSignature.Tensor) -> String {
    "\(tensor.name) \(tensor.datatype) \(tensor.shape.map { "\($0)" } ?? "of any shape")"
  }
}
