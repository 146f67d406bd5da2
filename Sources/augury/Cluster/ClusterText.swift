import AuguryClient

/// The state of a cluster as tables.
enum ClusterText {
  /// The broker in a line, then a line for each version, then their sums.
  static func status(_ status: ClusterStatus) -> String {
    let broker = status.broker
    var head =
      "broker \(broker.version) at \(broker.frontend), workers at \(broker.backend), up "
      + Units.seconds(broker.uptimeSeconds)
    if let clients = broker.clients { head += ", \(self.plural(clients, "client"))" }
    if broker.draining { head += ", draining" }
    guard !status.models.isEmpty else { return "\(OneLine.text(head))\nno models\n" }
    var table = Table([
      .left("MODEL"), .left("VERSION"), .left("STATE"), .right("WORKERS"), .right("QUEUED"), .right("IN FLIGHT"),
      .right("REQUESTS"), .right("ROWS"), .right("ERRORS"), .right("QUEUE P50"), .right("P99"), .right("COMPUTE P50"),
      .right("P99"), .right("LATENCY P50"), .right("P99"), .left("DIGEST"),
    ])
    for version in status.models { table.append(self.cells(of: version)) }
    if status.models.count > 1 { table.append(self.sums(of: status.models)) }
    return "\(OneLine.text(head))\n\n\(table.text)"
  }

  /// A line for each worker, then their sums.
  static func workers(_ workers: [WorkerStatus]) -> String {
    guard !workers.isEmpty else { return "no workers\n" }
    var table = Table([
      .left("WORKER"), .left("MODEL"), .left("STATE"), .right("LAST BEAT"), .right("IN FLIGHT"), .right("QUEUED"),
      .right("REQUESTS"), .right("ROWS"), .right("BATCHES"), .right("ERRORS"), .right("QUEUE P99"),
      .right("COMPUTE P50"), .right("P99"), .right("RSS"), .right("CPU"), .right("UP"), .left("ENGINE"), .left("HOST"),
    ])
    for worker in workers { table.append(self.cells(of: worker)) }
    if workers.count > 1 { table.append(self.sums(of: workers)) }
    return table.text
  }

  // MARK: - Rows

  private static func cells(of version: VersionStatus) -> [String] {
    [
      version.model, version.version, version.state.rawValue, self.text(of: version.workers),
      Units.count(version.queued.total), Units.count(version.inFlight), Units.count(version.requestsTotal),
      Units.count(version.rowsTotal), Units.count(self.total(version.errors)),
    ] + self.quantiles(version.queueSeconds) + self.quantiles(version.computeSeconds)
      + self.quantiles(version.latencySeconds) + [String(version.digest.prefix(12))]
  }

  private static func sums(of versions: [VersionStatus]) -> [String] {
    [
      "total", "", "", Units.count(self.sum(versions) { $0.workers.total }),
      Units.count(self.sum(versions) { $0.queued.total }), Units.count(self.sum(versions, \.inFlight)),
      Units.count(self.sum(versions, \.requestsTotal)), Units.count(self.sum(versions, \.rowsTotal)),
      Units.count(self.sum(versions) { self.total($0.errors) }), "", "", "", "", "", "", "",
    ]
  }

  private static func cells(of worker: WorkerStatus) -> [String] {
    [
      worker.name, "\(worker.model)@\(worker.version)", worker.state.rawValue, Units.seconds(worker.lastBeatSeconds),
      Units.count(worker.inFlight), Units.count(worker.queued), Units.count(worker.requestsTotal),
      Units.count(worker.rowsTotal), Units.count(worker.batchesTotal), Units.count(self.total(worker.errors)),
      self.quantiles(worker.queueSeconds)[1],
    ] + self.quantiles(worker.computeSeconds) + [
      Units.bytes(worker.rssBytes), Units.seconds(worker.cpuSeconds), Units.seconds(worker.uptimeSeconds),
      worker.engine, "\(worker.host):\(worker.pid)",
    ]
  }

  private static func sums(of workers: [WorkerStatus]) -> [String] {
    [
      "total", self.plural(workers.count, "worker"), "", "", Units.count(self.sum(workers, \.inFlight)),
      Units.count(self.sum(workers, \.queued)), Units.count(self.sum(workers, \.requestsTotal)),
      Units.count(self.sum(workers, \.rowsTotal)), Units.count(self.sum(workers, \.batchesTotal)),
      Units.count(self.sum(workers) { self.total($0.errors) }), "", "", "",
      Units.bytes(self.sum(workers, \.rssBytes)), Units.seconds(workers.reduce(0) { $0 + $1.cpuSeconds }), "", "", "",
    ]
  }

  // MARK: - Cells

  /// How many there are, and what keeps some of them from being ready.
  private static func text(of workers: WorkerCounts) -> String {
    let others = [
      (workers.warming, "warming"), (workers.draining, "draining"), (workers.suspect, "suspect"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return ([Units.count(workers.ready)] + others).joined(separator: " + ")
  }

  private static func quantiles(_ quantiles: Quantiles) -> [String] {
    quantiles.count == 0 ? ["-", "-"] : [Units.seconds(quantiles.p50), Units.seconds(quantiles.p99)]
  }

  /// What a peer reports is added without trust that it fits.
  private static func sum<Element>(_ elements: [Element], _ value: (Element) -> Int) -> Int {
    elements.reduce(0) { sum, element in
      let (result, overflow) = sum.addingReportingOverflow(value(element))
      return overflow ? .max : result
    }
  }

  private static func total(_ errors: [String: Int]) -> Int {
    self.sum(Array(errors.values)) { $0 }
  }

  private static func plural(_ count: Int, _ noun: String) -> String {
    "\(Units.count(count)) \(noun)\(count == 1 ? "" : "s")"
  }
}
