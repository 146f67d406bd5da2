import AuguryClient
import BasicContainers
import QueueCore
import ZeroMQ

/// What the services ask for.
extension BrokerLoop {
  mutating func obeyCommands() throws(ZMQError) {
    self.mailbox.drain(into: &self.commands)
    for index in self.commands.indices {
      try self.obey(self.commands[index])
    }
    self.commands.removeAll(keepingCapacity: true)
  }

  private mutating func obey(_ command: LoopCommand) throws(ZMQError) {
    switch command {
    case .answer(let call, let result):
      self.callsUnderWay -= 1
      switch result {
      case .success(let body):
        self.answers.append(.success(call.client, call.request, body: body))
      case .failure(let error):
        let detail = ErrorDetail(reason: error.reason, message: error.message)
        self.answers.append(.failure(call.client, call.request, error.code.status, detail))
      }
    case .publish(let topic, let body):
      // Subscribers that do not keep up lose events; PUB never waits.
      if try self.events.send(Array(topic.utf8).span.bytes, more: true) == .sent {
        _ = try self.events.send(body.span.bytes)
      }
    case .snapshot(let receive):
      receive(self.snapshot())
    case .setRoutes(let table, let done):
      done(self.setRoutes(table))
    case .drainWorker(let name, let found):
      found(self.drainWorker(named: name))
    case .drainVersion(let model, let version, let names):
      names(self.drainVersion(model: model, version: version))
    case .observe(let models):
      self.observed = models
    case .capture(let samplers):
      self.captured = samplers
    case .setArtifact(let model, let version, let artifact):
      self.artifacts[model, version] = artifact
      // Where there is no room for another version, a worker of it is told so when it comes.
      if artifact != nil { _ = try? self.core.internVersion(model: model, version: version, at: self.now) }
    case .shutDown(let graceMilliseconds):
      self.core.step(.shutdownOrdered, at: self.now, into: &self.actions)
      self.shutDownBy = self.now.advanced(byMilliseconds: graceMilliseconds).nanoseconds
    }
  }

  private mutating func setRoutes(_ table: RouteTable) -> RouteError? {
    do throws(RouteError) {
      try self.core.setRoutes(table, at: self.now)
      return nil
    } catch {
      return error
    }
  }

  private mutating func drainWorker(named name: String) -> Bool {
    let views = self.core.workerViews(at: self.now)
    guard let view = views.first(where: { self.directory[$0.session]?.name == name }) else { return false }
    self.core.step(.drainOrdered(view.session), at: self.now, into: &self.actions)
    return true
  }

  private mutating func drainVersion(model: String, version: String) -> [String] {
    var names: [String] = []
    guard let wanted = self.core.catalog.version(model: model, version: version) else { return names }
    for view in self.core.workerViews(at: self.now) where view.version == wanted {
      guard let entry = self.directory[view.session] else { continue }
      self.core.step(.drainOrdered(view.session), at: self.now, into: &self.actions)
      names.append(entry.name)
    }
    return names
  }

  private func snapshot() -> ClusterSnapshot {
    var versions: [ClusterSnapshot.Version] = []
    for index in 0..<self.core.catalog.versionCount {
      let version = VersionID(UInt32(index))
      let names = self.core.catalog.names(of: version)
      versions.append(
        ClusterSnapshot.Version(
          model: names.model, version: names.version, digest: self.directory.digest(of: version),
          view: self.core.view(of: version, at: self.now), totals: self.figures.totals(of: version),
          figures: self.core.figures[index]))
    }
    var workers: [ClusterSnapshot.Worker] = []
    for view in self.core.workerViews(at: self.now) {
      guard let entry = self.directory[view.session] else { continue }
      let names = self.core.catalog.names(of: entry.version)
      workers.append(
        ClusterSnapshot.Worker(
          model: names.model, version: names.version, entry: entry, view: view,
          figures: self.figures.figures(of: view.session)))
    }
    return ClusterSnapshot(
      versions: versions, workers: workers, routes: self.core.routeTable,
      counters: self.core.counters.named + self.counters.named,
      isDraining: self.shutDownBy != nil)
  }

  /// The broker is about to go: workers are told to come back later, so that they need not wait for its silence.
  mutating func dismissWorkers() throws(ZMQError) {
    for view in self.core.workerViews(at: self.now) {
      self.actions.append(.disconnect(worker: view.peer, reason: .brokerStopping))
    }
    try self.perform()
  }
}
