/// A route as the broker uses it: ids for names, and the version of a slot in one look.
struct ActiveRoute {
  struct Variant: BitwiseCopyable {
    var version: VersionID
    var slots: Int
  }

  struct Shadow: BitwiseCopyable {
    var version: VersionID
    var slots: Int
  }

  /// Another hash than that of the variants: else a share of copies would come from a few versions' requests.
  private static let shadowSalt: UInt64 = 0xA076_1D64_78BD_642F
  /// And another one for requests whose version is away, so that its share spreads over all the others.
  private static let fallbackSalt: UInt64 = 0xE703_7ED1_A0B4_28DB

  let isSticky: Bool
  let hasFallback: Bool
  let shadows: [Shadow]
  private let salt: UInt64
  private let variants: [Variant]
  /// The variant of each slot.
  private let slots: [UInt8]

  /// - Parameters:
  ///   - id: the id of a version that the route names.
  init(_ route: Route, id: (String) -> VersionID) {
    self.isSticky = route.settings.isSticky
    self.hasFallback = route.settings.hasFallback
    self.salt = route.salt
    self.shadows = route.settings.shadows.map { Shadow(version: id($0.version), slots: $0.slots) }
    self.variants = route.settings.variants.map {
      Variant(version: id($0.version), slots: route.assignment.slots(of: $0.version))
    }
    var indices: [String: UInt8] = [:]
    for (index, variant) in route.settings.variants.enumerated() { indices[variant.version] = UInt8(index) }
    self.slots = route.assignment.runs.flatMap {
      [UInt8](repeating: indices[$0.version] ?? 0, count: $0.slots)
    }
  }

  /// The version that answers a request with this key, whether it has workers or not.
  func version(for key: RoutingKey) -> VersionID {
    self.variants[Int(self.slots[key.slot(salt: self.salt)])].version
  }

  /// The version that answers in place of one that cannot: by the weights of those that can, and always the same one
  /// for the same key and the same others. Nil if none of them can.
  func stand(for key: RoutingKey, among isReady: (VersionID) -> Bool) -> VersionID? {
    var slots = 0
    for variant in self.variants where isReady(variant.version) { slots += variant.slots }
    guard slots > 0 else { return nil }
    var rest = Int(truncatingIfNeeded: key.hash(salt: self.salt ^ Self.fallbackSalt) % UInt64(slots))
    for variant in self.variants where isReady(variant.version) {
      if rest < variant.slots { return variant.version }
      rest -= variant.slots
    }
    return nil
  }

  /// Where a request stands among the slots of the shadow targets: those with more slots than this get a copy.
  func shadowSlot(for key: RoutingKey) -> Int { key.slot(salt: self.salt ^ Self.shadowSalt) }
}
