/// A version that a route sends requests to, and how many.
public struct RouteVariant: Hashable, Sendable, Codable {
  /// The version's name.
  public var version: String
  /// Its weight beside the others'; 0 sends it nothing.
  public var weight: Weight

  /// Gives a version a weight.
  public init(version: String, weight: Weight) {
    self.version = version
    self.weight = weight
  }
}

/// A version that gets copies of a route's requests, whose answers nobody waits for.
public struct ShadowTarget: Hashable, Sendable, Codable {
  /// The version's name.
  public var version: String
  /// The share of the requests that are copied to it, in slots of 0.01 %.
  public var slots: Int

  /// Has a share of the requests copied, in slots of 0.01 %; by default all of them.
  public init(version: String, slots: Int = SlotAssignment.slotCount) {
    self.version = version
    self.slots = slots
  }

  /// Has a share of the requests copied, in percent: above 0, at most 100, in steps of 0.01. Nil for any other share.
  public init?(version: String, percent: Weight) {
    let (slots, rest) = percent.millionths.quotientAndRemainder(dividingBy: 10_000)
    guard rest == 0, slots > 0, slots <= UInt64(SlotAssignment.slotCount) else { return nil }
    self.init(version: version, slots: Int(slots))
  }
}

/// What an operator says about a route.
public struct RouteSettings: Hashable, Sendable, Codable {
  /// The versions that answer, and their weights.
  public var variants: [RouteVariant]
  /// Whether requests without a routing key stay with one version as long as they come from the same client.
  public var isSticky: Bool
  /// The versions that get copies.
  public var shadows: [ShadowTarget]
  /// Whether the share of a version without a ready worker falls to the others.
  public var hasFallback: Bool

  /// Says what a route is to be.
  public init(
    variants: [RouteVariant], isSticky: Bool = false, shadows: [ShadowTarget] = [], hasFallback: Bool = false
  ) {
    self.variants = variants
    self.isSticky = isSticky
    self.shadows = shadows
    self.hasFallback = hasFallback
  }
}

/// Which versions answer a model's requests that name none: settings that are sound, and the slots they came to.
public struct Route: Hashable, Sendable {
  /// Variants that a route has at most.
  public static let maximumVariants = 64
  /// Shadow targets that a route has at most.
  public static let maximumShadows = 4

  /// What the operator said.
  public let settings: RouteSettings
  /// What keys are hashed with; the same for all of a model's routes, so that a key keeps its slot.
  public let salt: UInt64
  /// Which variant has which slots.
  public let assignment: SlotAssignment

  /// Makes a model's route.
  ///
  /// - Parameters:
  ///   - previous: the route that it takes the place of; only the slots that must move then do.
  /// - Throws: ``RouteError`` if the settings are not sound.
  public init(_ settings: RouteSettings, model: String, replacing previous: Route? = nil) throws(RouteError) {
    let shares = try Self.shares(settings)
    self.settings = settings
    self.salt = previous?.salt ?? RoutingKey(model).digest
    self.assignment = previous?.assignment.changed(to: shares) ?? SlotAssignment(shares)
  }

  private static func shares(_ settings: RouteSettings) throws(RouteError) -> [SlotAssignment.Share] {
    let variants = settings.variants
    guard !variants.isEmpty else { throw .noVariants }
    guard variants.count <= Self.maximumVariants else {
      throw .tooManyVariants(count: variants.count, limit: Self.maximumVariants)
    }
    var versions: Set<String> = []
    for variant in variants {
      guard Names.isValid(variant.version) else { throw .invalidName(field: "version", name: variant.version) }
      guard versions.insert(variant.version).inserted else { throw .duplicateVersion(variant.version) }
    }
    guard settings.shadows.count <= Self.maximumShadows else {
      throw .tooManyShadows(count: settings.shadows.count, limit: Self.maximumShadows)
    }
    var shadows: Set<String> = []
    for shadow in settings.shadows {
      guard Names.isValid(shadow.version) else { throw .invalidName(field: "shadow", name: shadow.version) }
      // Copies would take the place of requests that the variant is to answer.
      guard !versions.contains(shadow.version) else { throw .shadowIsVariant(shadow.version) }
      guard shadows.insert(shadow.version).inserted else { throw .duplicateVersion(shadow.version) }
      guard (1...SlotAssignment.slotCount).contains(shadow.slots) else {
        throw .shadowShare(version: shadow.version, slots: shadow.slots)
      }
    }
    return try SlotAssignment.Share.shares(of: variants)
  }
}

extension Route: Codable {
  private enum CodingKeys: String, CodingKey {
    case settings
    case salt
    case assignment
  }

  /// Reads a route as it was kept. Throws `DecodingError`, also if settings and slots do not fit each other.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.settings = try container.decode(RouteSettings.self, forKey: .settings)
    self.salt = try container.decode(UInt64.self, forKey: .salt)
    self.assignment = try container.decode(SlotAssignment.self, forKey: .assignment)
    do throws(RouteError) {
      for share in try Self.shares(self.settings) where self.assignment.slots(of: share.version) != share.slots {
        throw .damagedAssignment(
          "version \"\(share.version)\" has \(self.assignment.slots(of: share.version)) slots, "
            + "its weight comes to \(share.slots)")
      }
    } catch {
      throw DecodingError.dataCorruptedError(
        forKey: .settings, in: container, debugDescription: error.description)
    }
  }
}

extension Route: CustomStringConvertible {
  /// The route as people write it, for example `1=90 2=10 sticky shadow 3=25 %`.
  public var description: String {
    var words = self.settings.variants.map { "\($0.version)=\($0.weight)" }
    if self.settings.isSticky { words.append("sticky") }
    words += self.settings.shadows.map { shadow in
      let hundredths = shadow.slots % 100
      return "shadow \(shadow.version)=\(shadow.slots / 100)"
        + (hundredths == 0 ? "" : hundredths < 10 ? ".0\(hundredths)" : ".\(hundredths)") + " %"
    }
    if self.settings.hasFallback { words.append("fallback") }
    return words.joined(separator: " ")
  }
}
