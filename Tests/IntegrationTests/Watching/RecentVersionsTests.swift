import Store
import Testing

@testable import broker

/// Which records of versions are worth a write to the disk.
@Suite struct RecentVersionsTests {
  private static func record(
    _ version: String = "1", digest: String? = "aa", signature: String = "{}", at seconds: Double
  ) -> ModelVersionRecord {
    ModelVersionRecord(
      model: "digits", version: version, digest: digest, signature: signature, firstSeenAt: seconds,
      lastSeenAt: seconds)
  }

  @Test func theSameIsCoveredForASecond() {
    var recent = RecentVersions()
    #expect(!recent.covers(Self.record(at: 100)))
    recent.add(Self.record(at: 100))
    #expect(recent.covers(Self.record(at: 100)))
    #expect(recent.covers(Self.record(at: 100.9)))
    #expect(!recent.covers(Self.record(at: 101)))
  }

  @Test func whatIsOverIsForgotten() {
    var recent = RecentVersions()
    for second in 0..<100 { recent.add(Self.record("\(second)", at: Double(second))) }
    #expect(recent.records.map(\.version) == ["99"])
  }

  @Test func anythingElseIsNot() {
    var recent = RecentVersions()
    recent.add(Self.record(at: 100))
    #expect(!recent.covers(Self.record("2", at: 100)))
    #expect(!recent.covers(Self.record(digest: "bb", at: 100)))
    #expect(!recent.covers(Self.record(digest: nil, at: 100)))
    #expect(!recent.covers(Self.record(signature: "[]", at: 100)))
    #expect(recent.covers(Self.record(at: 100)))
  }

  @Test func onlyTheLastOfAVersionCounts() {
    var recent = RecentVersions()
    recent.add(Self.record(at: 100))
    recent.add(Self.record(digest: "bb", at: 100.2))
    #expect(!recent.covers(Self.record(at: 100.3)), "the store has the other digest by now")
    #expect(recent.covers(Self.record(digest: "bb", at: 100.3)))
  }

  @Test func aClockThatIsSetBackCoversNothing() {
    var recent = RecentVersions()
    recent.add(Self.record(at: 100))
    #expect(!recent.covers(Self.record(at: 50)))
  }
}
