/// The routes and aliases of all models: a value that is made whole, kept, and given to the broker at once.
public struct RouteTable: Hashable, Sendable, Codable {
  /// What is said about one model.
  public struct Entry: Hashable, Sendable, Codable {
    /// Which versions answer requests that name none; nil leaves it to the broker.
    public internal(set) var route: Route?
    /// How often the route has been set, changed or taken away. It only grows.
    public internal(set) var epoch: UInt32 = 0
    /// Versions by other names.
    public internal(set) var aliases: [String: String] = [:]

    /// Nothing is said.
    init() {}

    /// What is said about one model, as it was kept.
    public init(route: Route?, epoch: UInt32, aliases: [String: String]) {
      self.route = route
      self.epoch = epoch
      self.aliases = aliases
    }
  }

  /// Aliases that a model has at most.
  public static let maximumAliases = 256

  private var entries: [String: Entry]

  /// A table with these entries by model, by default none.
  public init(_ entries: [String: Entry] = [:]) {
    self.entries = entries
  }

  /// The models that something is said about, in alphabetical order.
  public var models: [String] { self.entries.keys.sorted() }

  /// What is said about a model; of one that nothing is said about, no route, epoch 0 and no aliases.
  public subscript(model: String) -> Entry { self.entries[model] ?? Entry() }

  // MARK: Routes

  /// Sets or changes a model's route, and counts its epoch up. Only the slots that must move do.
  ///
  /// Throws ``RouteError`` if the settings are not sound, and changes nothing then. Whether the versions exist is for
  /// the caller to know.
  @discardableResult
  public mutating func setRoute(of model: String, to settings: RouteSettings) throws(RouteError) -> Entry {
    guard Names.isValid(model) else { throw .invalidName(field: "model", name: model) }
    let route = try Route(settings, model: model, replacing: self[model].route)
    return self.change(model) { $0.route = route }
  }

  /// Puts an earlier route in force again, slot by slot as it was, under a new epoch.
  @discardableResult
  public mutating func restoreRoute(of model: String, to earlier: Route) -> Entry {
    self.change(model) { $0.route = earlier }
  }

  /// Takes a model's route away: the highest ready version answers again. Throws ``RouteError`` if there is none.
  @discardableResult
  public mutating func removeRoute(of model: String) throws(RouteError) -> Entry {
    guard self[model].route != nil else { throw .noRoute(model: model) }
    return self.change(model) { $0.route = nil }
  }

  private mutating func change(_ model: String, _ change: (inout Entry) -> Void) -> Entry {
    var entry = self[model]
    change(&entry)
    // Past the last number it begins anew, which the broker refuses: an epoch is never used twice.
    entry.epoch &+= 1
    self.entries[model] = entry
    return entry
  }

  // MARK: Aliases

  /// Gives a version another name, or an alias another version.
  ///
  /// - Parameters:
  ///   - versions: the versions the model has.
  /// - Throws: ``RouteError`` if the alias is no name, or a version's name.
  public mutating func setAlias(
    _ alias: String, of model: String, to version: String, versions: [String]
  ) throws(RouteError) {
    for (field, name) in [("model", model), ("alias", alias), ("version", version)] where !Names.isValid(name) {
      throw .invalidName(field: field, name: name)
    }
    guard !versions.contains(alias) else { throw .aliasIsVersion(model: model, alias: alias) }
    var entry = self[model]
    guard entry.aliases[alias] != nil || entry.aliases.count < Self.maximumAliases else {
      throw .tooManyAliases(model: model, limit: Self.maximumAliases)
    }
    entry.aliases[alias] = version
    self.entries[model] = entry
  }

  /// Takes an alias away. Throws ``RouteError`` if there is none of this name.
  public mutating func removeAlias(_ alias: String, of model: String) throws(RouteError) {
    guard self[model].aliases[alias] != nil else { throw .unknownAlias(model: model, alias: alias) }
    self.entries[model]?.aliases[alias] = nil
  }
}
