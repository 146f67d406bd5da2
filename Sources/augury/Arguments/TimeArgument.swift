import ArgumentParser

/// A length of time as people write it: `500ms`, `1s`, `1.5s`, `2m`, `1h`, `7d`, or plain seconds.
struct TimeArgument: ExpressibleByArgument, Equatable {
  var duration: Duration

  init(_ duration: Duration) {
    self.duration = duration
  }

  init?(argument: String) {
    let number = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let microseconds = Self.microseconds[String(argument[number.endIndex...])],
      let value = Self.number(number)
    else { return nil }
    let total = (value * microseconds).rounded()
    // Past some 290,000 years there is no number for it.
    guard total < 9e18 else { return nil }
    self.duration = .microseconds(Int64(total))
  }

  /// How help shows a default: the largest unit that divides it.
  var defaultValueDescription: String {
    let microseconds = Int64(self.duration / .microseconds(1))
    let units: [(name: String, length: Int64)] = [
      ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1000),
    ]
    guard let unit = units.first(where: { microseconds.isMultiple(of: $0.length) }) else { return "\(microseconds)us" }
    return "\(microseconds / unit.length)\(unit.name)"
  }

  var seconds: Double { self.duration / .seconds(1) }

  private static let microseconds: [String: Double] = [
    "us": 1, "µs": 1, "ms": 1e3, "s": 1e6, "": 1e6, "m": 60e6, "h": 3600e6, "d": 86_400e6,
  ]

  /// Digits with at most one point, and at least one digit.
  private static func number(_ text: Substring) -> Double? {
    guard text.contains(where: \.isNumber), text.count(where: { $0 == "." }) <= 1 else { return nil }
    return Double(text.hasPrefix(".") ? "0" + text : text)
  }
}
