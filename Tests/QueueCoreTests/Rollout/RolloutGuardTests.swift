import Testing

@testable import QueueCore

@Suite struct RolloutGuardTests {
  private struct Row: Sendable {
    let text: String
    let metric: RolloutGuard.Metric
    let comparison: RolloutGuard.Comparison
    let limit: RolloutGuard.Limit
  }

  private static let valid = [
    Row(text: "error_rate<1%", metric: .errorRate, comparison: .less, limit: .absolute(0.01)),
    Row(text: "error_rate <= 0.005", metric: .errorRate, comparison: .lessOrEqual, limit: .absolute(0.005)),
    Row(text: "error_rate<=baseline", metric: .errorRate, comparison: .lessOrEqual, limit: .baselinePlus(0)),
    Row(text: " p99 < 20 ms ", metric: .latency(quantile: 99_000), comparison: .less, limit: .absolute(20_000)),
    Row(text: "p99.9<=1.5s", metric: .latency(quantile: 99_900), comparison: .lessOrEqual, limit: .absolute(1_500_000)),
    Row(text: "p0.001>0us", metric: .latency(quantile: 1), comparison: .greater, limit: .absolute(0)),
    Row(text: "p50<baseline+5ms", metric: .latency(quantile: 50_000), comparison: .less, limit: .baselinePlus(5000)),
    Row(text: "p50<baseline+20%", metric: .latency(quantile: 50_000), comparison: .less, limit: .baselineTimes(1.2)),
    Row(
      text: "accuracy>=baseline-0.5%", metric: .accuracy, comparison: .greaterOrEqual, limit: .baselinePlus(-0.005)),
    Row(text: "accuracy > 95%", metric: .accuracy, comparison: .greater, limit: .absolute(0.95)),
    Row(text: "mae<12.25", metric: .meanAbsoluteError, comparison: .less, limit: .absolute(12.25)),
    Row(
      text: "rmse<=baseline-10%", metric: .rootMeanSquaredError, comparison: .lessOrEqual, limit: .baselineTimes(0.9)),
    Row(text: "rmse<=baseline + 2", metric: .rootMeanSquaredError, comparison: .lessOrEqual, limit: .baselinePlus(2)),
  ]

  @Test func conditionsAreReadAsWritten() throws {
    for row in Self.valid {
      let read = try RolloutGuard(parsing: row.text)
      #expect(read.metric == row.metric, "\(row.text)")
      #expect(read.comparison == row.comparison, "\(row.text)")
      #expect(read.limit == row.limit, "\(row.text)")
      #expect(read.text == String(row.text.filter { $0 != " " }))
      #expect(try RolloutGuard(parsing: read.text) == read)
    }
  }

  @Test(
    arguments: [
      ("", 1, .unknownMetric("")), ("latency<5ms", 1, .unknownMetric("latency")), ("p<5ms", 1, .unknownMetric("p")),
      ("p99x<5ms", 1, .unknownMetric("p99x")), ("p100<5ms", 1, .quantileOutOfRange("p100")),
      ("p0<5ms", 1, .quantileOutOfRange("p0")), ("p99.9999<5ms", 1, .quantileOutOfRange("p99.9999")),
      ("p99", 4, .comparisonMissing), ("p99=5ms", 4, .comparisonMissing), ("p99<>5ms", 4, .comparisonMissing),
      ("p99 << 5ms", 5, .comparisonMissing), ("error_rate<", 12, .limitMissing), ("error_rate<%", 12, .limitMissing),
      ("error_rate<-1%", 12, .limitMissing), ("accuracy>=best", 11, .limitMissing),
      ("accuracy>=baseline-", 20, .limitMissing), ("accuracy>=baseline+-1%", 19, .numberUnreadable("+-")),
      ("error_rate<1.%", 12, .numberUnreadable("1.")), ("error_rate<.5%", 12, .numberUnreadable(".5")),
      ("error_rate<1.2.3", 12, .numberUnreadable("1.2.3")),
      ("mae<1234567890123456", 5, .numberUnreadable("1234567890123456")),
      ("p99<20", 7, .unitMissing), ("p99<baseline+20", 16, .unitMissing),
      ("p99<20%", 7, .unitUnknown("%", expected: "us, ms or s")),
      ("p99<20m", 7, .unitUnknown("m", expected: "us, ms or s")),
      ("p99<baseline+1h", 15, .unitUnknown("h", expected: "us, ms, s or %")),
      ("mae<5%", 6, .unitUnknown("%", expected: "none")),
      ("error_rate<1ms", 13, .unitUnknown("ms", expected: "% or none")),
      ("error_rate<101%", 12, .shareOutOfRange("101%")), ("accuracy>=95", 11, .shareOutOfRange("95")),
      ("p99<baseline-100%", 14, .shareOutOfRange("100.0%")), ("p99<20ms and more", 10, .trailing("and more")),
      ("p99<baseline 5", 14, .trailing("5")),
    ] as [(String, Int, RolloutGuardError.Problem)])
  func whatIsWrongIsNamedWithItsPlace(text: String, column: Int, problem: RolloutGuardError.Problem) {
    #expect(throws: RolloutGuardError(text: text, column: column, problem: problem)) {
      try RolloutGuard(parsing: text)
    }
  }

  @Test func theMessageSaysWhatMayStandThere() throws {
    let error = try #require(throws: RolloutGuardError.self) { try RolloutGuard(parsing: "p99<20") }
    #expect(error.description == "guard 'p99<20', column 7: a latency needs a unit: us, ms or s")
  }

  @Test func anyTextIsReadOrRefused() {
    let pieces = [
      "error_rate", "accuracy", "mae", "p99", "p", "<", "<=", ">", "=", "baseline", "+", "-", "0.5", "7", ".", "%",
      "ms", "us", "s", " ", "é", "\u{0}", "9999999999999999999",
    ]
    var random = SplitMix64(seed: 31)
    var readable = 0
    for _ in 0..<20_000 {
      let start = random.chance(oneIn: 2) ? ["mae<", "p99 < ", "accuracy>=baseline"].randomElement(using: &random) : ""
      let text = (0..<Int.random(in: 0...5, using: &random)).reduce(start ?? "") { text, _ in
        text + (pieces.randomElement(using: &random) ?? "")
      }
      guard let read = try? RolloutGuard(parsing: text) else { continue }
      readable += 1
      #expect((try? RolloutGuard(parsing: read.text)) == read)
    }
    #expect(readable > 20)
  }
}
