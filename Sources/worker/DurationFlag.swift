import ArgumentParser

/// A duration on the command line: a number and a unit, as in `500us`, `2ms`, `1.5s`, `1m`. A bare 0 needs no unit.
struct DurationFlag: ExpressibleByArgument, Hashable, Sendable {
  /// The duration.
  let nanoseconds: UInt64

  private static let units: [(suffix: String, nanoseconds: Double)] = [
    ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
  ]

  init?(argument: String) {
    if argument == "0" {
      self.nanoseconds = 0
      return
    }
    // `ms` before `s`: the list has the longer of two endings first.
    guard let unit = Self.units.first(where: { argument.hasSuffix($0.suffix) }),
      let count = Double(argument.dropLast(unit.suffix.count)), count >= 0, count * unit.nanoseconds < 1e18
    else { return nil }
    self.nanoseconds = UInt64(count * unit.nanoseconds)
  }

  init(milliseconds: UInt64) {
    self.nanoseconds = milliseconds * 1_000_000
  }

  init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// Whole milliseconds, rounded down.
  var milliseconds: UInt64 { self.nanoseconds / 1_000_000 }

  /// The duration as it would be written.
  var defaultValueDescription: String {
    if self.nanoseconds == 0 { return "0" }
    let unit = Self.units.last { self.nanoseconds % UInt64($0.nanoseconds) == 0 } ?? Self.units[0]
    return "\(self.nanoseconds / UInt64(unit.nanoseconds))\(unit.suffix)"
  }
}
