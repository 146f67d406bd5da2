/// Numbers for people: grouped digits, and units that fit the size.
enum Units {
  /// A number with so many places after the point, rounded, as `1234.5`.
  static func decimal(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return "-" }
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e18 else { return "-" }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return sign + padded }
    return "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
  }

  /// A whole number with its digits in groups of three, as `1,234,567`.
  static func count(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0 && index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + String(text.reversed())
  }

  /// A time as `350 µs`, `1.23 ms`, `4.5 s`, `2m05s`, `1h02m` or `3d04h`.
  static func seconds(_ value: Double) -> String {
    guard value.isFinite, value >= 0 else { return "-" }
    // Each bound is where rounding would reach the next unit.
    if value == 0 { return "0" }
    if value < 999.5e-6 { return "\(Self.decimal(value * 1e6, places: 0)) µs" }
    if value < 0.9995 { return "\(Self.threeDigits(value * 1000)) ms" }
    if value < 59.95 { return "\(Self.decimal(value, places: 1)) s" }
    guard value < 9e15 else { return "-" }
    let whole = Int(value.rounded())
    if whole < 3600 { return "\(whole / 60)m\(Self.twoDigits(whole % 60))s" }
    if whole < 86_400 { return "\(whole / 3600)h\(Self.twoDigits(whole % 3600 / 60))m" }
    return "\(whole / 86_400)d\(Self.twoDigits(whole % 86_400 / 3600))h"
  }

  /// A size as `512 B`, `1.5 KiB`, `3.2 GiB`.
  static func bytes(_ value: Int) -> String {
    guard value >= 1024 else { return "\(value) B" }
    var size = Double(value)
    for unit in ["KiB", "MiB", "GiB"] {
      size /= 1024
      if size < 1023.95 { return "\(Self.decimal(size, places: 1)) \(unit)" }
    }
    return "\(Self.decimal(size / 1024, places: 1)) TiB"
  }

  /// A rate as `12,345 rows/s`, with a place after the point where there are few.
  static func rate(_ rowsPerSecond: Double) -> String {
    guard rowsPerSecond.isFinite, rowsPerSecond >= 0, rowsPerSecond < 9e15 else { return "-" }
    let number =
      rowsPerSecond < 99.95 && rowsPerSecond > 0
      ? Self.decimal(rowsPerSecond, places: 1) : Self.count(Int(rowsPerSecond.rounded()))
    return "\(number) rows/s"
  }

  /// A share of 1 as `48%`. Only all of it is 100%.
  static func percent(_ fraction: Double) -> String {
    guard fraction.isFinite else { return "-" }
    return "\(fraction >= 1 ? 100 : Int(min(99, max(0, fraction * 100))))%"
  }

  private static func threeDigits(_ value: Double) -> String {
    Self.decimal(value, places: value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
  }

  private static func twoDigits(_ value: Int) -> String {
    value < 10 ? "0\(value)" : "\(value)"
  }
}
