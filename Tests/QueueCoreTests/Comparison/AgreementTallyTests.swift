import Foundation
import QueueCore
import Testing

@Suite struct AgreementTallyTests {
  private static let outcomes: [AgreementTally.Outcome] = [
    .compared(agree: true, difference: 0.25), .compared(agree: false, difference: -2),
    .compared(agree: true, difference: nil), .compared(agree: true, difference: .nan),
    .compared(agree: false, difference: .infinity), .incomparable, .shadowFailed, .shadowFailed, .shadowDropped,
  ]

  @Test func everyOutcomeIsCountedOnce() {
    var agreement = AgreementTally()
    #expect(agreement.meanDifference == nil)
    for outcome in Self.outcomes { agreement.record(outcome) }
    #expect(agreement.agreements == 2)
    #expect(agreement.disagreements == 1)
    #expect(agreement.incomparable == 3)
    #expect(agreement.shadowFailures == 2)
    #expect(agreement.shadowDrops == 1)
    #expect(agreement.meanDifference == 1.125)
    #expect(agreement.greatestDifference == 2)
  }

  @Test func partsAddUp() {
    var whole = AgreementTally()
    for outcome in Self.outcomes { whole.record(outcome) }
    for cut in 0...Self.outcomes.count {
      var first = AgreementTally()
      var rest = AgreementTally()
      for outcome in Self.outcomes[..<cut] { first.record(outcome) }
      for outcome in Self.outcomes[cut...] { rest.record(outcome) }
      first.merge(rest)
      #expect(first == whole)
    }
  }

  @Test func theShareOfAgreementHasAnInterval() {
    var agreement = AgreementTally()
    #expect(agreement.interval(alpha: 0.05) == Interval(low: 0, high: 1))
    for index in 0..<1000 { agreement.record(.compared(agree: index % 50 != 0, difference: nil)) }
    let interval = agreement.interval(alpha: 0.05)
    #expect(interval.contains(0.98) && interval.width < 0.05)
  }

  @Test func itSurvivesTheStoreAndNonsenseDoesNot() throws {
    var agreement = AgreementTally()
    for outcome in Self.outcomes { agreement.record(outcome) }
    let data = try JSONEncoder().encode(agreement)
    #expect(try JSONDecoder().decode(AgreementTally.self, from: data) == agreement)
    let text = try #require(String(data: data, encoding: .utf8))
    #expect(text.contains(#""events":2"#) && text.contains(#""squaredDeviations":"#))
    for wrong in [
      text.replacingOccurrences(of: #""events":2"#, with: #""events":4"#),
      text.replacingOccurrences(of: #""squaredDeviations":"#, with: #""squaredDeviations":-"#),
    ] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(AgreementTally.self, from: Data(wrong.utf8)) }
    }
  }
}
