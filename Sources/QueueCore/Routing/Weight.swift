/// A weight as people write it: a whole or decimal number from 0 to 1,000,000, exact to six decimals.
public struct Weight: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The greatest weight.
  public static let maximum = 1_000_000
  private static let unit: UInt64 = 1_000_000
  private static let decimals = 6

  /// The weight in millionths.
  let millionths: UInt64

  /// A whole weight.
  public init(_ whole: UInt16) {
    self.millionths = UInt64(whole) * Self.unit
  }

  /// Reads `90`, `0.5` or `33.3`. Nil if it is not digits with at most one point and six decimals, or too great.
  public init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, let units = Self.number(whole), units <= UInt64(Self.maximum) else { return nil }
    var millionths = units * Self.unit
    if parts.count == 2 {
      guard parts[1].count <= Self.decimals, let fraction = Self.number(parts[1]) else { return nil }
      millionths += (0..<(Self.decimals - parts[1].count)).reduce(fraction) { scaled, _ in scaled * 10 }
    }
    guard millionths <= UInt64(Self.maximum) * Self.unit else { return nil }
    self.millionths = millionths
  }

  private static func number(_ digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.count <= 7 else { return nil }
    var number: UInt64 = 0
    for digit in digits {
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      number = number * 10 + UInt64(digit - UInt8(ascii: "0"))
    }
    return number
  }

  /// Whether the left weight is the smaller one.
  public static func < (left: Weight, right: Weight) -> Bool { left.millionths < right.millionths }
}

extension Weight: CustomStringConvertible, Codable {
  /// The weight in as few digits as say it exactly.
  public var description: String {
    let fraction = self.millionths % Self.unit
    guard fraction > 0 else { return String(self.millionths / Self.unit) }
    var digits = String(fraction)
    digits = String(repeating: "0", count: Self.decimals - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(self.millionths / Self.unit).\(digits)"
  }

  /// Reads the weight as the text that ``description`` is. Throws `DecodingError`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let weight = Weight(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is no weight, expected a number from 0 to \(Self.maximum)")
    }
    self = weight
  }

  /// Writes the weight as text, so that no reader rounds it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(self.description)
  }
}
