/// A number as people write it: digits, and perhaps a point with digits after it. No sign, exponent or separators.
struct DecimalNumber: Hashable, Sendable {
  /// As it was written.
  let text: String
  private let digits: UInt64
  private let decimals: Int

  /// Reads a number of at most 15 digits, which a `Double` holds; nil if `text` is anything else.
  init?(_ text: some StringProtocol) {
    var digits: UInt64 = 0
    var decimals: Int?
    var count = 0
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
        count += 1
        decimals = decimals.map { $0 + 1 }
        guard count <= 15 else { return nil }
      case UInt8(ascii: ".") where decimals == nil && count > 0: decimals = 0
      default: return nil
      }
    }
    guard count > 0, decimals != 0 else { return nil }
    self.text = String(text)
    self.digits = digits
    self.decimals = decimals ?? 0
  }

  /// The nearest double.
  var value: Double { self.divided(byPowerOfTen: 0) }

  /// The nearest double to the number divided by a power of ten.
  func divided(byPowerOfTen power: Int) -> Double {
    // Powers of ten up to 22 are exact, so there is a single rounding.
    Double(self.digits) / (0..<self.decimals + power).reduce(1.0) { product, _ in product * 10 }
  }

  /// The number times a power of ten, if that is whole.
  func scaled(byPowerOfTen power: Int) -> UInt64? {
    guard self.decimals <= power else { return nil }
    var result = self.digits
    for _ in 0..<power - self.decimals {
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      result = product
    }
    return result
  }
}
