/// A model, as a dense index handed out by the ``Catalog``.
public struct ModelID: Hashable, Sendable, BitwiseCopyable {
  /// Index into the catalog.
  public var rawValue: UInt32

  var index: Int { Int(self.rawValue) }
}

/// What a request asks for, after a look into the catalog.
public enum Target: Hashable, Sendable, BitwiseCopyable {
  /// This version and no other.
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
  public func target(model: RawSpan, selector: RawSpan) -> Target {
    guard let modelID = self.model(named: model) else { return .unknownModel }
    guard selector.byteCount > 0 else { return .model(modelID) }
    for version in self.models[modelID.index].versions
    where Self.equal(self.versions[version.index].name, selector) {
      return .version(version)
    }
    return .unknownVersion(modelID)
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
    guard let id = self.modelID(named: model) else { return false }
    return self.models[id.index].versions.contains { self.versions[$0.index].name == version }
  }

  /// The names of a model's versions, highest first.
  public func versionNames(of model: ModelID) -> [String] {
    self.models[model.index].versions.map { self.versions[$0.index].name }
  }

  /// The names of all models, in the order in which they became known.
  public var modelNames: [String] { self.models.map(\.name) }

  private mutating func internModel(_ name: String) -> ModelID {
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
