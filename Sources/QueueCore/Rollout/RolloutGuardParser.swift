/// Reads ``RolloutGuard``s from left to right.
struct RolloutGuardParser {
  private let text: String
  private let bytes: [UInt8]
  private var position = 0
  private var canonical = ""

  init(_ text: String) {
    self.text = text
    self.bytes = Array(text.utf8)
  }

  mutating func parse() throws(RolloutGuardError) -> RolloutGuard {
    let metric = try self.metric()
    let comparison = try self.comparison()
    let limit = try self.limit(of: metric)
    self.skipBlanks()
    let end = self.position
    let rest = self.take { _ in true }
    guard rest.isEmpty else { throw self.error(.trailing(rest), at: end) }
    return RolloutGuard(metric: metric, comparison: comparison, limit: limit, text: self.canonical)
  }

  // MARK: Parts

  private mutating func metric() throws(RolloutGuardError) -> RolloutGuard.Metric {
    self.skipBlanks()
    let start = self.position
    let name = self.take { Names.isAllowed($0) }
    self.canonical += name
    switch name {
    case "error_rate": return .errorRate
    case "accuracy": return .accuracy
    case "mae": return .meanAbsoluteError
    case "rmse": return .rootMeanSquaredError
    default: break
    }
    guard name.hasPrefix("p"), let percent = DecimalNumber(name.dropFirst()) else {
      throw self.error(.unknownMetric(name), at: start)
    }
    guard let quantile = percent.scaled(byPowerOfTen: 3), quantile > 0, quantile < 100_000 else {
      throw self.error(.quantileOutOfRange(name), at: start)
    }
    return .latency(quantile: quantile)
  }

  private mutating func comparison() throws(RolloutGuardError) -> RolloutGuard.Comparison {
    self.skipBlanks()
    let start = self.position
    let sign = self.take { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "=") }
    guard let comparison = RolloutGuard.Comparison(rawValue: sign) else {
      throw self.error(.comparisonMissing, at: start)
    }
    self.canonical += sign
    return comparison
  }

  private mutating func limit(of metric: RolloutGuard.Metric) throws(RolloutGuardError) -> RolloutGuard.Limit {
    self.skipBlanks()
    let wordStart = self.position
    let word = self.take(while: Self.isLetter)
    guard !word.isEmpty else { return .absolute(try self.amount(of: metric, besideBaseline: false).value) }
    guard word == "baseline" else { throw self.error(.limitMissing, at: wordStart) }
    self.canonical += word
    self.skipBlanks()
    let sign = self.take { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
    guard !sign.isEmpty else { return .baselinePlus(0) }
    guard sign.utf8.count == 1 else { throw self.error(.numberUnreadable(sign), at: self.position - sign.utf8.count) }
    self.canonical += sign
    let start = self.position
    let amount = try self.amount(of: metric, besideBaseline: true)
    let signed = sign == "-" ? -amount.value : amount.value
    guard amount.isRelative else { return .baselinePlus(signed) }
    guard signed > -1 else { throw self.error(.shareOutOfRange("\(amount.value * 100)%"), at: start) }
    return .baselineTimes(1 + signed)
  }

  /// A number and its unit, which may be a share of the baseline.
  private struct Amount {
    let value: Double
    let isRelative: Bool
  }

  private mutating func amount(
    of metric: RolloutGuard.Metric, besideBaseline: Bool
  ) throws(RolloutGuardError) -> Amount {
    self.skipBlanks()
    let start = self.position
    let text = self.take { $0 == UInt8(ascii: ".") || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) }
    guard !text.isEmpty else { throw self.error(.limitMissing, at: start) }
    guard let number = DecimalNumber(text) else { throw self.error(.numberUnreadable(text), at: start) }
    self.skipBlanks()
    let unitStart = self.position
    let unit = self.take { Self.isLetter($0) || $0 == UInt8(ascii: "%") }
    self.canonical += text + unit
    switch metric {
    case .errorRate, .accuracy:
      guard unit.isEmpty || unit == "%" else {
        throw self.error(.unitUnknown(unit, expected: "% or none"), at: unitStart)
      }
      let share = number.divided(byPowerOfTen: unit == "%" ? 2 : 0)
      guard share <= 1 else { throw self.error(.shareOutOfRange(text + unit), at: start) }
      return Amount(value: share, isRelative: false)
    case .meanAbsoluteError, .rootMeanSquaredError:
      if unit.isEmpty { return Amount(value: number.value, isRelative: false) }
      guard besideBaseline, unit == "%" else {
        throw self.error(.unitUnknown(unit, expected: besideBaseline ? "% or none" : "none"), at: unitStart)
      }
      return Amount(value: number.divided(byPowerOfTen: 2), isRelative: true)
    case .latency:
      return try self.latency(number, unit, besideBaseline: besideBaseline, at: unitStart)
    }
  }

  private func latency(
    _ number: DecimalNumber, _ unit: String, besideBaseline: Bool, at position: Int
  ) throws(RolloutGuardError) -> Amount {
    switch unit {
    case "us": return Amount(value: number.value, isRelative: false)
    case "ms": return Amount(value: number.value * 1e3, isRelative: false)
    case "s": return Amount(value: number.value * 1e6, isRelative: false)
    case "%" where besideBaseline: return Amount(value: number.divided(byPowerOfTen: 2), isRelative: true)
    case "": throw self.error(.unitMissing, at: position)
    default:
      throw self.error(.unitUnknown(unit, expected: besideBaseline ? "us, ms, s or %" : "us, ms or s"), at: position)
    }
  }

  // MARK: Bytes

  private mutating func skipBlanks() {
    while self.position < self.bytes.count, self.bytes[self.position] == UInt8(ascii: " ") { self.position += 1 }
  }

  private mutating func take(while isWanted: (UInt8) -> Bool) -> String {
    let taken = self.bytes[self.position...].prefix(while: isWanted)
    self.position += taken.count
    return String(decoding: taken, as: UTF8.self)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
  }

  private func error(_ problem: RolloutGuardError.Problem, at position: Int) -> RolloutGuardError {
    RolloutGuardError(text: self.text, column: position + 1, problem: problem)
  }
}
