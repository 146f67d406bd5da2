import AuguryClient
import QueueCore

/// A snapshot in the form in which clients get it.
extension ClusterSnapshot {
  func status(of facts: BrokerFacts) -> ClusterStatus {
    let broker = BrokerStatus(
      version: BrokerFacts.version, instance: String(facts.instance, radix: 16),
      uptimeSeconds: Double(BrokerLoop.clock().nanoseconds - facts.startedAt) / 1e9,
      frontend: facts.endpoints.frontend, backend: facts.endpoints.backend, events: facts.endpoints.events,
      draining: self.isDraining)
    let counters = Dictionary(self.counters.map { ($0.name, Int(clamping: $0.value)) }) { first, _ in first }
    return ClusterStatus(
      broker: broker, models: self.versions.map { self.status(of: $0) }, routes: self.routeList,
      counters: counters)
  }

  var workerList: WorkerList { WorkerList(workers: self.workers.map(\.status)) }

  private func status(of version: Version) -> VersionStatus {
    let members = self.workers.filter { $0.model == version.model && $0.version == version.version }
    var counts = WorkerCounts()
    for member in members {
      switch member.view.state {
      case .ready, .busy: counts.ready += 1
      case .warming: counts.warming += 1
      case .draining: counts.draining += 1
      case .suspect: counts.suspect += 1
      }
    }
    let state: VersionStatus.State =
      counts.ready > 0 ? .ready : counts.warming > 0 ? .warming : counts.draining > 0 ? .draining : .absent
    let queued = version.view.queued
    // What is served now goes before what the latest worker has told, which may have left again.
    let serving = members.first { [.ready, .busy].contains($0.view.state) }
    return VersionStatus(
      model: version.model, version: version.version,
      digest: Self.hex(serving?.entry.ready?.digest ?? version.digest), state: state,
      workers: counts,
      queued: QueueDepths(online: queued[0], shadow: queued[1], batch: queued[2], tuning: queued[3]),
      inFlight: version.view.dispatched, requestsTotal: Int(clamping: version.totals.requests),
      rowsTotal: Int(clamping: version.totals.rows), errors: version.totals.errorsByName,
      queueSeconds: version.totals.queueTime.quantiles, computeSeconds: version.totals.computeTime.quantiles,
      latencySeconds: version.figures.latency.quantiles, online: Self.status(of: version.figures.online),
      shadow: Self.status(of: version.figures.shadow), shadowDrops: Self.drops(version.figures))
  }

  private static func status(of figures: RequestFigures) -> ClassStatus {
    var requests: [String: Int] = [:]
    for code in StatusCode.allCases where figures.ended(code) > 0 {
      requests[code.name] = Int(clamping: figures.ended(code))
    }
    return ClassStatus(requests: requests, latencySeconds: figures.latency.quantiles)
  }

  private static func drops(_ figures: VersionFigures) -> [String: Int] {
    var drops: [String: Int] = [:]
    for reason in ShadowDrop.allCases where figures.drops(reason) > 0 {
      drops[reason.name] = Int(clamping: figures.drops(reason))
    }
    return drops
  }

  private var routeList: [RouteStatus] {
    func share(_ slots: Int) -> Double { Double(slots) / Double(SlotAssignment.slotCount) }
    return self.routes.models.map { model in
      let entry = self.routes[model]
      var status = RouteStatus(model: model, epoch: Int(entry.epoch), aliases: entry.aliases)
      guard let route = entry.route else { return status }
      status.sticky = route.settings.isSticky
      status.fallback = route.settings.hasFallback
      status.variants = route.settings.variants.map {
        RouteStatus.Variant(
          version: $0.version, weight: $0.weight.description, share: share(route.assignment.slots(of: $0.version)))
      }
      status.shadows = route.settings.shadows.map {
        RouteStatus.Shadow(version: $0.version, share: share($0.slots))
      }
      return status
    }
  }

  static func hex(_ bytes: [UInt8]) -> String {
    bytes.reduce(into: "") { text, byte in
      text += String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
    }
  }
}

extension ClusterSnapshot.Worker {
  /// Milliseconds of one engine call after which a worker that makes no progress is called stuck.
  private static let stuckMilliseconds: UInt64 = 30_000

  fileprivate var status: WorkerStatus {
    let figures = self.figures ?? WorkerFigures()
    return WorkerStatus(
      name: self.entry.name, model: self.model, version: self.version, state: self.state(figures),
      host: self.entry.host, pid: Int(self.entry.processID), engine: self.entry.engine,
      digest: ClusterSnapshot.hex(self.entry.ready?.digest ?? []),
      lastBeatSeconds: Double(self.view.silentMilliseconds) / 1e3,
      uptimeSeconds: Double(figures.uptimeMilliseconds) / 1e3,
      loadSeconds: Double(self.entry.ready?.loadMilliseconds ?? 0) / 1e3, credit: self.view.credit,
      bulkCredit: self.view.bulkCredit, inFlight: self.view.outstanding + self.view.bulkOutstanding,
      queued: Int(figures.queued), requestsTotal: Int(clamping: figures.requests),
      rowsTotal: Int(clamping: figures.rows), batchesTotal: Int(clamping: figures.batches),
      errors: figures.errorsByName, queueSeconds: figures.queueTime.quantiles,
      computeSeconds: figures.computeTime.quantiles, rssBytes: Int(clamping: figures.residentBytes),
      cpuSeconds: Double(figures.cpuMicroseconds) / 1e6)
  }

  private func state(_ figures: WorkerFigures) -> WorkerStatus.State {
    switch self.view.state {
    case .warming: .warming
    case .draining: .draining
    case .suspect: .suspect
    case .ready, .busy:
      figures.busyMilliseconds >= Self.stuckMilliseconds ? .stuck : self.view.state == .busy ? .busy : .ready
    }
  }
}

extension WorkerFigures {
  fileprivate var errorsByName: [String: Int] {
    var errors: [String: Int] = [:]
    for code in StatusCode.allCases where self.errors(code) > 0 { errors[code.name] = Int(clamping: self.errors(code)) }
    return errors
  }
}

extension LatencyHistogram {
  fileprivate var quantiles: Quantiles {
    func seconds(_ quantile: Double) -> Double { Double(self.quantile(quantile)) / 1e6 }
    return Quantiles(
      count: Int(clamping: self.count), mean: self.count == 0 ? 0 : Double(self.sum) / Double(self.count) / 1e6,
      p50: seconds(0.5), p90: seconds(0.9), p99: seconds(0.99), max: Double(self.max) / 1e6)
  }
}
