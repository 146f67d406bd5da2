/// Which version has which of a route's 10,000 slots of 0.01 % each.
///
/// A key's slot never changes, so what decides who answers it is this table alone. It is kept with the route: a change
/// of weights starts from it and moves as few slots as there are to move, and whoever reads it back gets the same
/// answers as before.
public struct SlotAssignment: Hashable, Sendable {
  /// Slots of every route.
  public static let slotCount = 10_000

  /// Neighbouring slots of one version.
  public struct Run: Hashable, Sendable, Codable {
    /// The version that has them.
    public var version: String
    /// How many they are.
    public var slots: Int
  }

  /// How many slots a version is to have.
  struct Share: Hashable, Sendable {
    var version: String
    var slots: Int
  }

  /// All slots from the first to the last.
  public let runs: [Run]

  /// Hands out all slots, version by version. The shares add up to ``slotCount``.
  init(_ shares: [Share]) {
    self.init(versions: shares.flatMap { [String](repeating: $0.version, count: $0.slots) })
  }

  /// Takes a table as it was kept. Throws ``RouteError`` if it does not hold every slot exactly once.
  public init(runs: [Run]) throws(RouteError) {
    guard runs.allSatisfy({ $0.slots > 0 && $0.slots <= Self.slotCount }) else {
      throw .damagedAssignment("a run of slots is empty or longer than \(Self.slotCount)")
    }
    let sum = runs.reduce(0) { $0 + $1.slots }
    guard sum == Self.slotCount else {
      throw .damagedAssignment("its runs hold \(sum) slots, expected \(Self.slotCount)")
    }
    self.init(versions: runs.flatMap { [String](repeating: $0.version, count: $0.slots) })
  }

  private init(versions: [String]) {
    precondition(versions.count == Self.slotCount, "every slot has a version")
    var runs: [Run] = []
    for version in versions {
      if runs.last?.version == version {
        runs[runs.count - 1].slots += 1
      } else {
        runs.append(Run(version: version, slots: 1))
      }
    }
    self.runs = runs
  }

  /// The version of each slot.
  var versions: [String] { self.runs.flatMap { [String](repeating: $0.version, count: $0.slots) } }

  /// How many slots a version has.
  public func slots(of version: String) -> Int {
    self.runs.reduce(0) { $0 + ($1.version == version ? $1.slots : 0) }
  }

  /// The same table after a change of shares: only versions that are to have fewer slots lose some, only those that are
  /// to have more gain some. Always the same result for the same table and shares.
  func changed(to shares: [Share]) -> SlotAssignment {
    var versions = self.versions
    var surplus: [String: Int] = [:]
    for run in self.runs { surplus[run.version, default: 0] += run.slots }
    for share in shares { surplus[share.version, default: 0] -= share.slots }
    var vacant: [Int] = []
    // From the end: the slots that a version got last are those it gives up first.
    for slot in versions.indices.reversed() {
      guard let left = surplus[versions[slot]], left > 0 else { continue }
      surplus[versions[slot]] = left - 1
      vacant.append(slot)
    }
    for share in shares {
      for _ in 0..<max(0, -(surplus[share.version] ?? 0)) {
        guard let slot = vacant.popLast() else { preconditionFailure("Cannot fill a slot when none is vacant") }
        versions[slot] = share.version
      }
    }
    return SlotAssignment(versions: versions)
  }
}

extension SlotAssignment.Share {
  /// What each variant's weight comes to in slots, by the method of largest remainders: of equal remainders the first
  /// variant's goes up. Throws ``RouteError`` if no weight is positive, or one is too small for a slot.
  static func shares(of variants: [RouteVariant]) throws(RouteError) -> [Self] {
    let sum = variants.reduce(UInt64(0)) { $0 + $1.weight.millionths }
    guard sum > 0 else { throw .noWeight }
    let slotCount = UInt64(SlotAssignment.slotCount)
    var shares: [Self] = []
    var remainders: [(variant: Int, remainder: UInt64)] = []
    for (index, variant) in variants.enumerated() {
      let (slots, remainder) = (variant.weight.millionths * slotCount).quotientAndRemainder(dividingBy: sum)
      shares.append(Self(version: variant.version, slots: Int(slots)))
      remainders.append((index, remainder))
    }
    let missing = SlotAssignment.slotCount - shares.reduce(0) { $0 + $1.slots }
    remainders.sort { $0.remainder != $1.remainder ? $0.remainder > $1.remainder : $0.variant < $1.variant }
    for entry in remainders.prefix(missing) { shares[entry.variant].slots += 1 }
    for (share, variant) in zip(shares, variants) where share.slots == 0 && variant.weight.millionths > 0 {
      throw .shareTooSmall(version: variant.version, weight: variant.weight)
    }
    return shares
  }
}

extension SlotAssignment: Codable {
  /// Reads the runs. Throws `DecodingError`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let runs = try container.decode([Run].self)
    do throws(RouteError) {
      try self.init(runs: runs)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Writes the runs.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(self.runs)
  }
}
