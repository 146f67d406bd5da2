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
    var bytes: [UInt8]
    var versions: [VersionID] = []
    var aliases: [Alias] = []
  }

  /// Another name of a version.
  struct Alias: Hashable, Sendable {
    var name: String
    var bytes: [UInt8]
    var version: VersionID

    init(name: String, version: VersionID) {
      self.name = name
      self.bytes = Array(name.utf8)
      self.version = version
    }
  }

  /// A version and its model.
  struct Version: Sendable {
    var model: ModelID
    var name: String
    var bytes: [UInt8]
  }

  private(set) var models: [Model] = []
  private(set) var versions: [Version] = []
  /// The models by the hash of their names: open addressing, a power of two of which at most half is in use.
  private var modelTable = [Int32](repeating: -1, count: 16)

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
    self.versions.append(Version(model: modelID, name: version, bytes: Array(version.utf8)))
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
    where Self.equal(self.versions[version.index].bytes, selector) {
      return .version(version)
    }
    for alias in self.models[modelID.index].aliases where Self.equal(alias.bytes, selector) {
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
    self.models.append(Model(name: name, bytes: Array(name.utf8)))
    if 2 * self.models.count > self.modelTable.count {
      self.modelTable = Array(repeating: -1, count: 2 * self.modelTable.count)
      for index in self.models.indices.dropLast() { self.enter(index) }
    }
    self.enter(id.index)
    return id
  }

  private func modelID(named name: String) -> ModelID? {
    let bytes = Array(name.utf8)
    return self.model(named: bytes.span.bytes)
  }

  private func model(named name: RawSpan) -> ModelID? {
    var place = Int(truncatingIfNeeded: Self.hash(name)) & (self.modelTable.count - 1)
    while self.modelTable[place] >= 0 {
      let index = Int(self.modelTable[place])
      if Self.equal(self.models[index].bytes, name) { return ModelID(rawValue: UInt32(index)) }
      place = (place + 1) & (self.modelTable.count - 1)
    }
    return nil
  }

  /// Puts a model into the table.
  private mutating func enter(_ index: Int) {
    let bytes = self.models[index].bytes
    var place = Int(truncatingIfNeeded: Self.hash(bytes.span.bytes)) & (self.modelTable.count - 1)
    while self.modelTable[place] >= 0 { place = (place + 1) & (self.modelTable.count - 1) }
    self.modelTable[place] = Int32(index)
  }

  // FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>: the names are few and the table is ours, so nobody can
  // make it slow without registering the names.
  private static let hashSeed: UInt64 = 0xCBF2_9CE4_8422_2325

  private static func hash(_ name: RawSpan) -> UInt64 {
    var hash = Self.hashSeed
    for offset in 0..<name.byteCount {
      hash = (hash ^ UInt64(name.unsafeLoad(fromByteOffset: offset, as: UInt8.self))) &* 0x0000_0100_0000_01B3
    }
    // The upper bits are the well mixed ones.
    return hash ^ hash >> 32
  }

  private static func equal(_ name: [UInt8], _ bytes: RawSpan) -> Bool {
    guard name.count == bytes.byteCount else { return false }
    for offset in 0..<name.count
    where name[offset] != bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self) {
      return false
    }
    return true
  }
}
