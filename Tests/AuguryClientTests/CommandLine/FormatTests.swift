import AuguryClient
import Testing

@testable import augury

@Suite("Figures and tables for people")
struct FormatTests {
  @Test(
    "Times have the unit that fits, also where rounding reaches the next one",
    arguments: [
      (0, "0"), (0.000_001, "1 µs"), (0.000_999_4, "999 µs"), (0.000_999_5, "1.00 ms"), (0.001_234, "1.23 ms"),
      (0.009_999, "10.0 ms"), (0.0999, "99.9 ms"), (0.099_99, "100 ms"), (0.999_4, "999 ms"), (0.999_5, "1.0 s"),
      (59.94, "59.9 s"), (59.96, "1m00s"), (125, "2m05s"), (3599.4, "59m59s"), (3599.6, "1h00m"), (3720, "1h02m"),
      (86_399, "23h59m"), (273_600, "3d04h"), (.infinity, "-"), (.nan, "-"), (-1, "-"), (1e300, "-"),
    ] as [(Double, String)])
  func times(seconds: Double, text: String) {
    #expect(Units.seconds(seconds) == text)
  }

  @Test("Counts are grouped by three")
  func counts() {
    #expect([0, 7, 999, 1000, 1_234_567, -1000].map(Units.count) == ["0", "7", "999", "1,000", "1,234,567", "-1,000"])
    #expect(Units.count(.min) == "-9,223,372,036,854,775,808")
  }

  @Test("Sizes have the unit that fits")
  func sizes() {
    #expect(
      [0, 1023, 1024, 1536, 1_048_575, 1 << 20, 5 << 30, 3 << 40].map(Units.bytes)
        == ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "1.0 MiB", "5.0 GiB", "3.0 TiB"])
    #expect(Units.bytes(.max) == "8388608.0 TiB")
  }

  @Test("Numbers have the places asked for")
  func decimals() {
    #expect(Units.decimal(0.05, places: 1) == "0.1")
    #expect(Units.decimal(-0.001, places: 2) == "0.00")
    #expect(Units.decimal(-12.345, places: 2) == "-12.35")
    #expect(Units.decimal(1e300, places: 1) == "-")
  }

  @Test("Only all of it is 100 percent")
  func percents() {
    #expect(
      [0, 0.004, 0.5, 0.999_9, 1, 1.5, -1].map(Units.percent) == ["0%", "0%", "50%", "99%", "100%", "100%", "0%"])
    #expect(Units.percent(.nan) == "-")
  }

  @Test("Rates have a place after the point where there are few rows")
  func rates() {
    #expect(
      [0, 0.26, 99.94, 99.96, 12_345.6].map(Units.rate)
        == ["0 rows/s", "0.3 rows/s", "99.9 rows/s", "100 rows/s", "12,346 rows/s"])
    #expect(Units.rate(.infinity) == "- rows/s" || Units.rate(.infinity) == "-")
  }

  @Test("Columns are aligned by their widest cell, and lines have no blanks at their ends")
  func table() {
    var table = Table([.left("NAME"), .right("N"), .left("NOTE")])
    table.append(["a", "1", ""])
    table.append(["longer", "1,000", "é"])
    #expect(table.lines == ["NAME        N  NOTE", "a           1", "longer  1,000  é"])
    #expect(table.text.hasSuffix("é\n"))
  }

  @Test("A table without titles has no line of titles")
  func tableWithoutTitles() {
    var table = Table([.left(""), .left("")])
    table.append(["job", "7"])
    table.append(["state", "running"])
    #expect(table.lines == ["job    7", "state  running"])
  }

  @Test("What a peer wrote cannot begin a line or move a cursor")
  func oneLine() {
    #expect(OneLine.text("a\nb\r\u{1B}[2Jc\u{9B}d\u{2028}e\tf\u{7F}") == "a b  [2Jc d e f ")
    let error = PredictionError(.notFound, reason: "R", message: "no\nmodel")
    #expect(OneLine.text(of: error) == "NOT_FOUND: no model")
    var table = Table([.left("X")])
    table.append(["a\nb"])
    #expect(table.lines.count == 2)
  }
}
