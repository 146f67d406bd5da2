import Testing

@testable import QueueCore

@Suite struct CatalogTests {
  private static func target(_ catalog: Catalog, _ model: String, _ selector: String = "") -> Target {
    let model = Array(model.utf8)
    let selector = Array(selector.utf8)
    return catalog.target(model: model.span.bytes, selector: selector.span.bytes)
  }

  @Test func idsAreDenseAndStay() {
    var catalog = Catalog()
    #expect(catalog.intern(model: "a", version: "1") == VersionID(0))
    #expect(catalog.intern(model: "b", version: "1") == VersionID(1))
    #expect(catalog.intern(model: "a", version: "2") == VersionID(2))
    #expect(catalog.intern(model: "b", version: "1") == VersionID(1))
    #expect(catalog.versionCount == 3)
    #expect(catalog.modelNames == ["a", "b"])
  }

  @Test func versionsAreListedHighestFirstWithNumbersAsNumbers() {
    var catalog = Catalog()
    for version in ["9", "10", "1", "2-beta", "2"] { _ = catalog.intern(model: "m", version: version) }
    guard case .model(let model) = Self.target(catalog, "m") else {
      Issue.record("the model is known")
      return
    }
    #expect(catalog.versionNames(of: model) == ["10", "9", "2-beta", "2", "1"])
    #expect(catalog.versions(of: model).map { catalog.names(of: $0).version } == catalog.versionNames(of: model))
  }

  @Test(arguments: ["", "a b", "ä", "a/b", String(repeating: "x", count: 129)])
  func invalidNamesAreNotTakenIn(name: String) {
    var catalog = Catalog()
    #expect(catalog.intern(model: name, version: "1") == nil)
    #expect(catalog.intern(model: "m", version: name) == nil)
    #expect(catalog.versionCount == 0)
    #expect(catalog.modelNames.isEmpty)
  }

  @Test func selectorsNameAVersionOrLeaveTheChoiceOrAreUnknown() {
    var catalog = Catalog()
    let first = catalog.intern(model: "m", version: "1")
    let other = catalog.intern(model: "n", version: "2")
    guard case .model(let model) = Self.target(catalog, "m") else {
      Issue.record("the model is known")
      return
    }
    #expect(catalog.name(of: model) == "m")
    #expect(Self.target(catalog, "m", "1") == first.map { .version($0) })
    #expect(Self.target(catalog, "n", "2") == other.map { .version($0) })
    #expect(Self.target(catalog, "m", "2") == .unknownVersion(model))
    #expect(Self.target(catalog, "M", "1") == .unknownModel)
    #expect(Self.target(catalog, "", "1") == .unknownModel)
  }

  @Test func aVersionIsKnownUnderItsOwnModelOnly() {
    var catalog = Catalog()
    _ = catalog.intern(model: "m", version: "1")
    _ = catalog.intern(model: "n", version: "2")
    #expect(catalog.knows(model: "m", version: "1"))
    #expect(!catalog.knows(model: "m", version: "2"))
    #expect(!catalog.knows(model: "x", version: "1"))
  }

  @Test func aLabelIsModelAtVersion() throws {
    var catalog = Catalog()
    let id = catalog.intern(model: "digits", version: "2")
    let version = try #require(id)
    #expect(catalog.label(of: version) == "digits@2")
    #expect(catalog.names(of: version) == ("digits", "2"))
  }

  @Test(arguments: [61, 62, 63, 64] as [UInt64])
  func theCatalogAgreesWithAListOfNames(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var catalog = Catalog()
    var known: [[String]] = []
    for _ in 0..<400 {
      let names = [Self.name(using: &random), Self.name(using: &random)]
      let expected = known.firstIndex(of: names) ?? known.count
      #expect(catalog.knows(model: names[0], version: names[1]) == known.contains(names))
      let id = catalog.intern(model: names[0], version: names[1])
      #expect(id == VersionID(UInt32(expected)))
      if expected == known.count { known.append(names) }
      let asked = [Self.name(using: &random), Self.name(using: &random)]
      let target = Self.target(catalog, asked[0], asked[1])
      if let index = known.firstIndex(of: asked) {
        #expect(target == .version(VersionID(UInt32(index))))
      } else if case .unknownVersion(let model) = target {
        #expect(catalog.name(of: model) == asked[0])
        #expect(known.contains { $0[0] == asked[0] })
      } else {
        #expect(target == .unknownModel)
        #expect(!known.contains { $0[0] == asked[0] })
      }
    }
    for model in Set(known.map { $0[0] }) {
      guard case .model(let id) = Self.target(catalog, model) else {
        Issue.record("\(model) is known")
        continue
      }
      let versions = catalog.versionNames(of: id)
      #expect(Set(versions) == Set(known.filter { $0[0] == model }.map { $0[1] }))
      #expect(zip(versions, versions.dropFirst()).allSatisfy { Names.versionPrecedes($1, $0) })
    }
  }

  private static func name(using random: inout SplitMix64) -> String {
    (0..<Int.random(in: 1...2, using: &random)).map { _ in
      ["1", "2", "0", "a", "."][Int.random(in: 0..<5, using: &random)]
    }.joined()
  }
}
