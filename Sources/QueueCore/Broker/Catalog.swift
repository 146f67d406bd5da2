/// A model, as a dense index handed out by the ``Catalog``.
public struct ModelID: Hashable, Sendable, BitwiseCopyable {
  /// Index into the catalog.
  public var rawValue: UInt32

  var index: Int { Int(self.rawValue) }
}

/// What a request asks for, after a look into the catalog.
public enum Target: Hashable, Sendable, BitwiseCopyable {
  /// This version and no other, named by its own name or an alias.
  case version(VersionID)
  /// Whichever version of the model the broker chooses.
  case model(ModelID)
  /// The model is not known.
  case unknownModel
  /// The model is known, the version is not.
  case unknownVersion(ModelID)
}

/// The names of models and versions, and their ids. Ids are dense and never reused.
///
/// Looking a name up compares bytes where they stand in a received header; it makes no string.
public struct Catalog: Sendable {
  /// A model and its versions, highest first.
  struct Model: Sendable {
    var name: String
    var versions: [VersionID] = []
    var aliases: [Alias] = []
  }

  /// Another name of a version.
  struct Alias: Hashable, Sendable {
    var name: String
    var version: VersionID
  }

  /// A version and its model.
  struct Version: Sendable {
    var model: ModelID
    var name: String
  }

  private(set) var models: [Model] = []
  private(set) var versions: [Version] = []
  private var modelsByHash: [UInt64: [ModelID]] = [:]

  /// An empty catalog.
  public init() {}

  /// How many versions there are; their ids are 0 up to this.
  public var versionCount: Int { self.versions.count }

  /// The id of a version, which becomes known if it was not. Nil if a name is not valid, see ``Names``.
  public mutating func intern(model: String, version: String) -> VersionID? {
    guard Names.isValid(model), Names.isValid(version) else { return nil }
    let modelID = self.internModel(model)
    if let known = self.models[modelID.index].versions.first(where: { self.versions[$0.index].name == version }) {
      return known
    }
    let id = VersionID(UInt32(self.versions.count))
    self.versions.append(Version(model: modelID, name: version))
    let position = self.models[modelID.index].versions.firstIndex { other in
      Names.versionPrecedes(self.versions[other.index].name, version)
    }
    self.models[modelID.index].versions.insert(id, at: position ?? self.models[modelID.index].versions.endIndex)
    return id
  }

  /// What a request's model and version selector name; an empty selector leaves the choice to the broker.
  ///
  /// No alias has a version's name, so it does not matter which of them are looked through first.
  public func target(model: RawSpan, selector: RawSpan) -> Target {
    guard let modelID = self.model(named: model) else { return .unknownModel }
    guard selector.byteCount > 0 else { return .model(modelID) }
    for version in self.models[modelID.index].versions
    where Self.equal(self.versions[version.index].name, selector) {
      return .version(version)
    }
    for alias in self.models[modelID.index].aliases where Self.equal(alias.name, selector) {
      return .version(alias.version)
    }
    return .unknownVersion(modelID)
  }

  /// The version's model.
  func model(of version: VersionID) -> ModelID { self.versions[version.index].model }

  /// The id of a version, if it is known.
  public func version(model: String, version: String) -> VersionID? {
    guard let id = self.modelID(named: model) else { return nil }
    return self.models[id.index].versions.first { self.versions[$0.index].name == version }
  }

  /// The id of a model, if it is known.
  public func model(named name: String) -> ModelID? { self.modelID(named: name) }

  /// The names of a model's aliases, in alphabetical order.
  public func aliasNames(of model: ModelID) -> [String] { self.models[model.index].aliases.map(\.name) }

  /// Gives a model these aliases and no others; they come in alphabetical order.
  mutating func setAliases(_ aliases: [Alias], of model: ModelID) {
    self.models[model.index].aliases = aliases
  }

  /// The model's name.
  public func name(of model: ModelID) -> String { self.models[model.index].name }

  /// The version's model and own name.
  public func names(of version: VersionID) -> (model: String, version: String) {
    let entry = self.versions[version.index]
    return (self.models[entry.model.index].name, entry.name)
  }

  /// The version as people write it, for example `digits@2`.
  public func label(of version: VersionID) -> String {
    let names = self.names(of: version)
    return "\(names.model)@\(names.version)"
  }

  /// The ids of a model's versions, highest first.
  public func versions(of model: ModelID) -> [VersionID] { self.models[model.index].versions }

  /// Whether this version of this model is known.
  public func knows(model: String, version: String) -> Bool {
    self.version(model: model, version: version) != nil
  }

  /// Whether the model has an alias of this name.
  func hasAlias(model: String, alias: String) -> Bool {
    guard let id = self.modelID(named: model) else { return false }
    return self.models[id.index].aliases.contains { $0.name == alias }
  }

  /// The names of a model's versions, highest first.
  public func versionNames(of model: ModelID) -> [String] {
    self.models[model.index].versions.map { self.versions[$0.index].name }
  }

  /// The names of all models, in the order in which they became known.
  public var modelNames: [String] { self.models.map(\.name) }

  /// The id of a model, which becomes known if it was not. The name is valid.
  mutating func internModel(_ name: String) -> ModelID {
    if let known = self.modelID(named: name) { return known }
    let id = ModelID(rawValue: UInt32(self.models.count))
    self.models.append(Model(name: name))
    self.modelsByHash[Self.hash(name), default: []].append(id)
    return id
  }

  private func modelID(named name: String) -> ModelID? {
    self.modelsByHash[Self.hash(name)]?.first { self.models[$0.index].name == name }
  }

  private func model(named name: RawSpan) -> ModelID? {
    var hash = Self.hashSeed
    for offset in 0..<name.byteCount {
      hash = Self.combine(hash, name.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
    }
    guard let candidates = self.modelsByHash[hash] else { return nil }
    for candidate in candidates where Self.equal(self.models[candidate.index].name, name) { return candidate }
    return nil
  }

  // FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>: the names are few and the table is ours, so nobody can
  // make it slow without registering the names.
  private static let hashSeed: UInt64 = 0xCBF2_9CE4_8422_2325

  private static func combine(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  private static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(Self.hashSeed) { Self.combine($0, $1) }
  }

  private static func equal(_ name: String, _ bytes: RawSpan) -> Bool {
    let utf8 = name.utf8
    guard utf8.count == bytes.byteCount else { return false }
    var offset = 0
    for byte in utf8 {
      guard byte == bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self) else { return false }
      offset += 1
    }
    return true
  }
}
