/// Points in time as RFC 3339 has them, such as `2026-11-25T10:15:00Z` or `2026-11-25T11:15:00.5+01:00`.
enum Timestamp {
  private static let secondsOfDay = 86_400

  /// Seconds since 1970; nil for a text of another form, and for a date or time of day that there is not.
  static func seconds(from text: String) -> Double? {
    var rest = Substring(text)
    guard let year = Self.take(4, from: &rest), Self.take("-", from: &rest),
      let month = Self.take(2, from: &rest), Self.take("-", from: &rest), let day = Self.take(2, from: &rest),
      Self.take("Tt ", from: &rest), let hour = Self.take(2, from: &rest), Self.take(":", from: &rest),
      let minute = Self.take(2, from: &rest), Self.take(":", from: &rest), let second = Self.take(2, from: &rest),
      let fraction = Self.takeFraction(from: &rest), let offset = Self.offset(rest)
    else { return nil }
    // A leap second, 60, is taken for the second after it.
    guard (1...12).contains(month), (1...Self.days(inMonth: month, of: year)).contains(day), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    let whole = Self.days(year, month, day) * Self.secondsOfDay + hour * 3600 + minute * 60 + second - offset
    return Double(whole) + fraction
  }

  /// The point in time in UTC to the second; `-` for one that has no four-digit year.
  static func text(of seconds: Double) -> String {
    guard seconds.isFinite, seconds >= -62_135_596_800, seconds < 253_402_300_799.5 else { return "-" }
    let whole = Int(seconds.rounded())
    let days = Int((Double(whole) / Double(Self.secondsOfDay)).rounded(.down))
    let time = whole - days * Self.secondsOfDay
    let (year, month, day) = Self.date(ofDay: days)
    let fields = [month, day, time / 3600, time % 3600 / 60, time % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
    let padding = String(repeating: "0", count: 4 - "\(year)".count)
    return "\(padding)\(year)-\(fields[0])-\(fields[1])T\(fields[2]):\(fields[3]):\(fields[4])Z"
  }

  // MARK: - Reading

  private static func take(_ count: Int, from rest: inout Substring) -> Int? {
    let digits = rest.prefix(count)
    guard digits.utf8.count == count, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    rest = rest.dropFirst(count)
    return Int(digits)
  }

  private static func take(_ marks: String, from rest: inout Substring) -> Bool {
    guard let first = rest.first, marks.contains(first) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private static func takeFraction(from rest: inout Substring) -> Double? {
    guard Self.take(".", from: &rest) else { return 0 }
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest[digits.endIndex...]
    return digits.isEmpty ? nil : Double("0.\(digits)")
  }

  /// Seconds that local time is ahead of UTC.
  private static func offset(_ text: Substring) -> Int? {
    if text == "Z" || text == "z" { return 0 }
    var rest = text.dropFirst()
    guard text.hasPrefix("+") || text.hasPrefix("-"), let hours = Self.take(2, from: &rest), hours < 24,
      Self.take(":", from: &rest), let minutes = Self.take(2, from: &rest), minutes < 60, rest.isEmpty
    else { return nil }
    return (text.hasPrefix("-") ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  // MARK: - The calendar

  private static func days(inMonth month: Int, of year: Int) -> Int {
    Self.days(month == 12 ? year + 1 : year, month % 12 + 1, 1) - Self.days(year, month, 1)
  }

  /// Days from 1970-01-01 to a date of the Gregorian calendar: years are counted from March, so that the leap day is
  /// their last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let marchYear = month > 2 ? year : year - 1
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }
}
