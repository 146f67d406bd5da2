public import AuguryClient
public import QueueCore
public import Store

/// How requests that name no version are routed, and what versions are called beside their names: what clients ask,
/// what the store remembers, and the one table that the loop has in force.
public actor RouteService {
  private let store: any MetadataStore & RegistryStore & RouteStore
  private let cluster: any VersionsCluster
  private let gate: ChangeGate
  private var table: RouteTable

  /// Makes the service.
  ///
  /// - Parameters:
  ///   - table: What is in force, see ``table(from:)``.
  ///   - gate: Shared by all who change what the store and the loop know about versions.
  public init(
    store: any MetadataStore & RegistryStore & RouteStore, cluster: any VersionsCluster, table: RouteTable,
    gate: ChangeGate
  ) {
    self.store = store
    self.cluster = cluster
    self.table = table
    self.gate = gate
  }

  /// What a store says is in force. Throws ``StoreError``.
  public static func table(from store: any RegistryStore & RouteStore) async throws(StoreError) -> RouteTable {
    let routes = try await store.presentRoutes()
    let aliases = try await store.aliases()
    var entries: [String: RouteTable.Entry] = [:]
    for model in Set(routes.map(\.model) + aliases.map(\.model)) {
      let revision = routes.first { $0.model == model }
      let names = aliases.filter { $0.model == model }.map { ($0.alias, $0.version) }
      entries[model] = RouteTable.Entry(
        route: revision?.route, epoch: revision?.epoch ?? 0, aliases: Dictionary(names) { $1 })
    }
    return RouteTable(entries)
  }

  // MARK: Routes

  /// Gives a model a route. Throws ``PredictionError``, see ``AuguryClient/AuguryClient/setRoute(_:)``.
  public func set(_ assignment: RouteAssignment) async throws(PredictionError) -> RouteChange {
    let settings = try RouteSettings(assignment.route)
    return try await self.change(assignment.model, by: assignment.by, reason: assignment.reason) {
      (table) throws(PredictionError) in
      try Self.sound { () throws(RouteError) in try table.setRoute(of: assignment.model, to: settings) }
    }
  }

  /// Divides a model's requests anew; all else about its route stays. A version that gets a share gets no copies.
  ///
  /// Throws ``PredictionError``.
  public func setWeights(
    of model: String, to weights: [VersionWeight], by: String, reason: String
  ) async throws(PredictionError) -> RouteChange {
    try await self.change(model, by: by, reason: reason) { (table) throws(PredictionError) in
      var settings = table[model].route?.settings ?? RouteSettings(variants: [])
      settings.variants = Self.variants(weights)
      settings.shadows.removeAll { shadow in weights.contains { $0.version == shadow.version } }
      return try Self.sound { () throws(RouteError) in try table.setRoute(of: model, to: settings) }
    }
  }

  /// Whether a model's requests are divided like this.
  public func has(_ weights: [VersionWeight], _ model: String) -> Bool {
    self.table[model].route?.settings.variants == Self.variants(weights)
  }

  /// Whole numbers as they are where weights may be as great, else as millionths.
  private static func variants(_ weights: [VersionWeight]) -> [RouteVariant] {
    let areSmall = weights.allSatisfy { $0.weight <= UInt64(Weight.maximum) }
    return weights.map { weight in
      let millionths = String(weight.weight % 1_000_000)
      let fraction = String(repeating: "0", count: 6 - millionths.count) + millionths
      let text = areSmall ? "\(weight.weight)" : "\(weight.weight / 1_000_000).\(fraction)"
      return RouteVariant(version: weight.version, weight: Weight(text) ?? Weight(0))
    }
  }

  /// Takes a model's route away. Throws ``PredictionError``, `NOT_FOUND` if it has none.
  public func remove(_ order: RouteOrder) async throws(PredictionError) -> RouteChange {
    try await self.change(order.model, by: order.by, reason: order.reason) { (table) throws(PredictionError) in
      try Self.remove(of: order.model, from: &table)
    }
  }

  /// Puts an earlier route in force again. Throws ``PredictionError``, `NOT_FOUND` if there is no such epoch.
  public func rollBack(_ order: RouteOrder) async throws(PredictionError) -> RouteChange {
    let history = try await translated { () throws(StoreError) in
      try await self.store.routeRevisions(of: order.model)
    }
    let wanted = order.epoch ?? (history.last.map { Int($0.epoch) } ?? 0) - 1
    guard wanted > 0, let earlier = history.first(where: { Int($0.epoch) == wanted }) else {
      throw PredictionError(
        .notFound, reason: "UNKNOWN_EPOCH",
        message: "the route of model \"\(order.model)\" has no epoch \(wanted), expected 1 to "
          + "\(history.last?.epoch ?? 0)")
    }
    let reason = order.reason ?? "rollback to epoch \(wanted)"
    return try await self.change(order.model, by: order.by, reason: reason) { (table) throws(PredictionError) in
      guard let route = earlier.route else { return try Self.remove(of: order.model, from: &table) }
      return table.restoreRoute(of: order.model, to: route)
    }
  }

  /// The last change of a model's route, or of every model's. Throws ``PredictionError``.
  public func show(_ filter: ModelFilter) async throws(PredictionError) -> [RouteChange] {
    let present = try await translated { () throws(StoreError) in try await self.store.presentRoutes() }
    return present.filter { filter.model == nil || $0.model == filter.model }.map(RouteChange.init)
  }

  /// Every change of a model's route. Throws ``PredictionError``.
  public func history(_ filter: ModelFilter) async throws(PredictionError) -> [RouteChange] {
    try await translated { () throws(StoreError) in
      try await self.store.routeRevisions(of: filter.model)
    }.map(RouteChange.init)
  }

  /// The route that is in force for a model.
  public func present(of model: String) -> Route? { self.table[model].route }

  // MARK: Aliases

  /// Sets an alias, or moves it.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such version, `ALREADY_EXISTS` if a version has the name.
  public func setAlias(_ assignment: AliasAssignment) async throws(PredictionError) -> AliasAssignment {
    await self.gate.enter()
    defer { self.gate.leave() }
    let known = try await translated { () throws(StoreError) in try await self.store.aliases() }
    let earlier = known.first { $0.model == assignment.model && $0.alias == assignment.alias }
    let alias = ModelAlias(
      model: assignment.model, alias: assignment.alias, version: assignment.version, setAt: RegistryService.unixSeconds,
      setBy: assignment.by ?? "")
    var table = self.table
    try Self.sound { () throws(RouteError) in
      // Which versions there are is for the store to say, in the transaction that counts.
      try table.setAlias(assignment.alias, of: assignment.model, to: assignment.version, versions: [])
    }
    let set = try await translated { () throws(StoreError) in try await self.store.setAlias(alias) }
    do throws(PredictionError) {
      try await self.cluster.setRoutes(table)
    } catch {
      try await translated { () throws(StoreError) in
        if let earlier {
          _ = try await self.store.setAlias(earlier)
        } else {
          _ = try await self.store.removeAlias(model: alias.model, alias: alias.alias)
        }
      }
      throw error
    }
    self.table = table
    return AliasAssignment(set)
  }

  /// Removes an alias and returns what it stood for. Throws ``PredictionError``, `NOT_FOUND` if there is none.
  public func removeAlias(_ reference: AliasReference) async throws(PredictionError) -> AliasAssignment {
    await self.gate.enter()
    defer { self.gate.leave() }
    let removed: ModelAlias
    do throws(StoreError) {
      removed = try await self.store.removeAlias(model: reference.model, alias: reference.alias)
    } catch {
      guard error.code == .notFound else { throw PredictionError(error) }
      throw PredictionError(.notFound, reason: "UNKNOWN_ALIAS", message: error.message)
    }
    var table = self.table
    try? table.removeAlias(reference.alias, of: reference.model)
    try await self.cluster.setRoutes(table)
    self.table = table
    return AliasAssignment(removed)
  }

  // MARK: Helpers of the above

  /// Makes a change: first on disk, then in the loop; one that the loop does not take is taken back.
  private func change(
    _ model: String, by: String?, reason: String?,
    _ body: (inout RouteTable) throws(PredictionError) -> RouteTable.Entry
  ) async throws(PredictionError) -> RouteChange {
    await self.gate.enter()
    defer { self.gate.leave() }
    var table = self.table
    let entry = try body(&table)
    let revision = RouteRevision(
      model: model, epoch: entry.epoch, route: entry.route, setAt: RegistryService.unixSeconds, setBy: by ?? "",
      reason: reason ?? "")
    try await translated { () throws(StoreError) in try await self.store.appendRoute(revision) }
    do throws(PredictionError) {
      try await self.cluster.setRoutes(table)
    } catch {
      try await translated { () throws(StoreError) in
        try await self.store.takeBackRoute(model: model, epoch: entry.epoch)
      }
      throw error
    }
    self.table = table
    let change = RouteChange(revision)
    self.cluster.routeChanged(change, description: entry.route?.description ?? "no route")
    return change
  }

  private static func remove(
    of model: String, from table: inout RouteTable
  ) throws(PredictionError) -> RouteTable.Entry {
    do throws(RouteError) {
      return try table.removeRoute(of: model)
    } catch {
      throw PredictionError(.notFound, reason: "NO_ROUTE", message: error.description)
    }
  }

  @discardableResult
  private static func sound<Value>(_ body: () throws(RouteError) -> Value) throws(PredictionError) -> Value {
    do throws(RouteError) {
      return try body()
    } catch {
      switch error {
      case .aliasIsVersion: throw PredictionError(.alreadyExists, reason: "NAME_TAKEN", message: error.description)
      default: throw .invalid("INVALID_ROUTE", error.description)
      }
    }
  }
}
