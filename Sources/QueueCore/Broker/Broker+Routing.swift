import BasicContainers

extension Broker {
  // MARK: The table

  /// Puts a whole table of routes and aliases in force, for all requests that come from now on. Those that were taken
  /// on keep their versions. A method and not an ``Event``, which may hold no names.
  ///
  /// Versions that it names become known. Throws ``RouteError``, and changes nothing then, if an alias is a version's
  /// name, if a route differs from the one in force without a later epoch, or if there would be too many versions.
  public mutating func setRoutes(_ table: RouteTable, at now: Instant) throws(RouteError) {
    let models = Set(table.models).union(self.routeTable.models).sorted()
    try self.check(table, models)
    for model in models {
      let entry = table[model]
      let id = self.catalog.internModel(model)
      while self.routes.count <= id.index { self.routes.append(ModelRoute()) }
      // In one order whatever the dictionary's: new versions get the same ids for the same table.
      let aliases = entry.aliases.sorted { $0.key < $1.key }.map { name, version in
        Catalog.Alias(name: name, version: self.known(version, of: model, at: now))
      }
      self.catalog.setAliases(aliases, of: id)
      guard entry.epoch != self.routes[id.index].epoch else { continue }
      let active = entry.route.map { route in
        ActiveRoute(route) { self.known($0, of: model, at: now) }
      }
      self.routes[id.index] = ModelRoute(epoch: entry.epoch, active: active)
    }
    self.routeTable = table
  }

  private func check(_ table: RouteTable, _ models: [String]) throws(RouteError) {
    var unknown: Set<[String]> = []
    for model in models {
      guard Names.isValid(model) else { throw .invalidName(field: "model", name: model) }
      let entry = table[model]
      let present = self.routeTable[model]
      let isSame = entry.epoch == present.epoch && entry.route == present.route
      guard isSame || entry.epoch > present.epoch else {
        throw .epochNotAdvanced(model: model, epoch: entry.epoch, current: present.epoch)
      }
      let settings = entry.route?.settings
      let named =
        (settings?.variants.map(\.version) ?? []) + (settings?.shadows.map(\.version) ?? []) + entry.aliases.values
      for version in named {
        guard Names.isValid(version) else { throw .invalidName(field: "version", name: version) }
        if !self.catalog.knows(model: model, version: version) { unknown.insert([model, version]) }
      }
      for alias in entry.aliases.keys {
        guard Names.isValid(alias) else { throw .invalidName(field: "alias", name: alias) }
        guard !self.catalog.knows(model: model, version: alias), !named.contains(alias) else {
          throw .aliasIsVersion(model: model, alias: alias)
        }
      }
    }
    guard self.catalog.versionCount + unknown.count <= self.limits.versions || unknown.isEmpty else {
      throw .tooManyVersions(limit: self.limits.versions)
    }
  }

  /// The id of a version that a table names, whose names have been checked.
  private mutating func known(_ version: String, of model: String, at now: Instant) -> VersionID {
    guard let id = self.catalog.intern(model: model, version: version) else {
      preconditionFailure("Cannot take a version's name when it is not valid")
    }
    self.growQueues(at: now)
    return id
  }

  /// Counts a request that the route has divided by the weights, each on its own: not by a key, and not by its client.
  mutating func countAssignment(_ submission: Submission, to version: VersionID) {
    guard submission.routingKey == nil, submission.requestClass == .online,
      self.route(of: self.catalog.model(of: version)).active?.isSticky == false
    else { return }
    self.figures[version.index].assigned += 1
  }

  // MARK: Choice

  func route(of model: ModelID) -> ModelRoute {
    model.index < self.routes.count ? self.routes[model.index] : ModelRoute()
  }

  enum Resolved {
    case success(Resolution)
    case failure(Refusal)
  }

  /// Which version is to answer: the one that is named, else the one that the model's route chooses, else the highest.
  mutating func resolve(_ submission: Submission, at now: Instant) -> Resolved {
    switch submission.target {
    case .unknownModel: return .failure(.unknownModel)
    case .unknownVersion(let model): return .failure(.unknownVersion(model: model))
    case .version(let version):
      let epoch = self.route(of: self.catalog.model(of: version)).epoch
      return .success(Resolution(version: version, epoch: epoch, isRouted: false))
    case .model(let model):
      let route = self.route(of: model)
      if let active = route.active {
        return .success(
          Resolution(version: self.choose(active, for: submission), epoch: route.epoch, isRouted: true))
      }
      guard let highest = self.highestVersion(of: model, at: now) else {
        return .failure(.noWorkerForModel(model))
      }
      return .success(Resolution(version: highest, epoch: route.epoch, isRouted: false))
    }
  }

  private func choose(_ route: ActiveRoute, for submission: Submission) -> VersionID {
    let key =
      submission.routingKey
      ?? (route.isSticky ? submission.identity : submission.identity.with(submission.request.rawValue))
    let version = route.version(for: key)
    guard route.hasFallback, self.queues[version.index].ready == 0 else { return version }
    return route.stand(for: key, among: { self.queues[$0.index].ready > 0 }) ?? version
  }

  /// The highest version with a ready worker; else the highest with a member that may become ready; else the highest
  /// that has lost its last member so recently that one may come back.
  private func highestVersion(of model: ModelID, at now: Instant) -> VersionID? {
    let versions = self.catalog.versions(of: model)
    if let ready = versions.first(where: { self.queues[$0.index].ready > 0 }) { return ready }
    if let member = versions.first(where: { self.queues[$0.index].members > 0 }) { return member }
    return versions.first { self.absentTooLong($0, at: now) == nil }
  }
}
