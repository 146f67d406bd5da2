import Testing

@testable import QueueCore

@Suite struct RefusalTextTests {
  /// `digits` with versions 2 and 1, and `iris` with version 1.
  let catalog: Catalog
  let digits = ModelID(rawValue: 0)
  let digitsOne = VersionID(0)

  init() {
    var catalog = Catalog()
    for (model, version) in [("digits", "1"), ("iris", "1"), ("digits", "2")] {
      _ = catalog.intern(model: model, version: version)
    }
    self.catalog = catalog
  }

  private func text(
    _ refusal: Refusal, model: String = "digits", selector: String = "", catalog: Catalog? = nil
  ) -> String {
    refusal.message(model: model, selector: selector, catalog: catalog ?? self.catalog) { session in
      ["a", "b", "c", "d"][Int(session.rawValue) - 1]
    }
  }

  @Test func anUnknownModelIsNamedWithTheKnownOnes() {
    #expect(self.text(.unknownModel, model: "x") == #"no model "x"; known models: digits, iris"#)
  }

  @Test func anUnknownModelOfAnEmptyClusterSaysWhatToDo() {
    #expect(
      self.text(.unknownModel, model: "x", catalog: Catalog())
        == #"no model "x"; no model is known, start a worker that serves it"#)
  }

  @Test func anUnknownVersionIsNamedWithTheKnownOnesHighestFirst() {
    #expect(
      self.text(.unknownVersion(model: self.digits), selector: "7")
        == #"model "digits" has no version or alias "7"; its versions: 2, 1"#)
  }

  @Test func aTooLargePayloadIsNamedWithBothSizes() {
    #expect(
      self.text(.payloadTooLarge(bytes: 9_437_184, limit: 8_388_608))
        == "payload of 9437184 bytes; the limit is 8388608")
  }

  @Test func eachDeadlineSaysWhereItPassed() {
    #expect(
      self.text(.deadlinePassedOnArrival)
        == "the time-out of 0 µs had passed on arrival; expected 1 µs or more, or none")
    #expect(
      self.text(.deadlineUnreachable(self.digitsOne, estimatedMicroseconds: 1_250_000))
        == "what goes before it for digits@1 leaves too little time; expected a time-out of 1.2 s or more")
    #expect(
      self.text(.expiredInQueue(self.digitsOne))
        == "the deadline passed while the request waited for a worker of digits@1")
    #expect(
      self.text(.expiredAtWorker(self.digitsOne, SessionID(2)))
        == "the deadline passed while worker b had the request for digits@1")
  }

  @Test(
    arguments: [
      (0, "0 µs"), (999, "999 µs"), (1_000, "1 ms"), (999_999, "999 ms"), (1_000_000, "1.0 s"), (61_990_000, "61.9 s"),
    ] as [(UInt64, String)])
  func timesAreWrittenInTheUnitThatFits(microseconds: UInt64, expected: String) {
    let text = self.text(.deadlineUnreachable(self.digitsOne, estimatedMicroseconds: microseconds))
    #expect(
      text == "what goes before it for digits@1 leaves too little time; expected a time-out of \(expected) or more")
  }

  @Test func anAbsentWorkerIsNamedWithTheCommandThatStartsOne() {
    #expect(
      self.text(.noWorker(self.digitsOne, absentMilliseconds: 7_250))
        == "no worker serves digits@1, for 7.2 s now; start one with: worker --model digits --version 1 …")
    #expect(
      self.text(.noWorkerForModel(self.digits))
        == "no worker serves any version of model \"digits\"; its versions: 2, 1; "
        + "start one with: worker --model digits --version 2 …")
  }

  @Test func workersWithoutBulkCreditAreNamedWithTheClassesThatNeedIt() {
    #expect(
      self.text(.noBulkCredit(self.digitsOne))
        == "no worker of digits@1 takes requests of class batch or tuning; expected one that grants bulk credit")
  }

  @Test func everyLimitIsNamedWithItsNumber() {
    #expect(
      self.text(.versionQueueFull(self.digitsOne, limit: 10_000))
        == "digits@1 has 10000 requests waiting, the limit")
    #expect(
      self.text(.versionQueueShare(self.digitsOne, waiting: 900, limit: 1000))
        == "digits@1 has almost 1000 requests waiting, the limit, 900 or more of them this client's; others go first")
    #expect(self.text(.brokerFull(limit: 100_000)) == "the broker holds 100000 requests, the limit")
    #expect(
      self.text(.memoryFull(limit: 1 << 30))
        == "with this payload the broker would hold more than 1073741824 bytes, the limit")
    #expect(self.text(.clientFull(limit: 4096)) == "this client has 4096 requests outstanding, the limit")
  }

  @Test func poisonNamesTheWorkersThatDied() {
    let none = SessionID(0)
    #expect(
      self.text(.poisoned(SessionID(1), SessionID(3), SessionID(2)))
        == "workers a, c, b died with this request in hand; it is not tried again")
    #expect(
      self.text(.poisoned(SessionID(4), none, none))
        == "worker d died with this request in hand; it is not tried again")
    #expect(
      self.text(.poisoned(none, none, none)) == "no worker kept this request to its end; it is not tried again")
  }

  @Test func givingUpAndStoppingAreSaidPlainly() {
    #expect(self.text(.cancelled) == "the client gave the request up")
    #expect(
      self.text(.shuttingDown) == "the broker is stopping and takes no new requests; try again when it is back")
  }

  @Test func aListIsCutAfterTwentyNames() {
    var catalog = Catalog()
    for number in 1...20 { _ = catalog.intern(model: "m\(number)", version: "1") }
    let twenty = (1...20).map { "m\($0)" }.joined(separator: ", ")
    #expect(
      self.text(.unknownModel, model: "x", catalog: catalog) == "no model \"x\"; known models: \(twenty)")
    for number in 21...25 { _ = catalog.intern(model: "m\(number)", version: "1") }
    #expect(
      self.text(.unknownModel, model: "x", catalog: catalog)
        == "no model \"x\"; known models: \(twenty) and 5 more")
  }

  @Test func whatWouldBreakALineOrItsQuotesIsEscaped() {
    #expect(
      self.text(.unknownModel, model: "a\"b\\c\nd\u{1b}[31m\u{202e}\u{2028}")
        == #"no model "a\"b\\c\u{a}d\u{1b}[31m\u{202e}\u{2028}"; known models: digits, iris"#)
  }

  @Test func aClientsOwnWordsAreCutAfter128BytesBetweenCharacters() {
    let fits = String(repeating: "é", count: 64)
    #expect(self.text(.unknownModel, model: fits).hasPrefix("no model \"\(fits)\";"))
    #expect(self.text(.unknownModel, model: fits + "é").hasPrefix("no model \"\(fits)…\";"))
    #expect(self.text(.unknownModel, model: "x" + fits).hasPrefix("no model \"x\(fits.dropLast())…\";"))
    let long = String(repeating: "7", count: 1 << 20)
    #expect(self.text(.unknownVersion(model: self.digits), selector: long).utf8.count < 256)
  }

  @Test func whatStandsForOthersHasTheirWordsAndStandsForItself() {
    var generator = SplitMix64(seed: 20)
    var words: Set<Refusal> = []
    var all: Set<Refusal> = []
    for _ in 0..<2000 {
      let time = generator.next() >> (30 + generator.next() % 34)
      for refusal in [
        Refusal.deadlineUnreachable(self.digitsOne, estimatedMicroseconds: time),
        .noWorker(self.digitsOne, absentMilliseconds: time),
        .noWorkerForRoute(self.digitsOne, epoch: 3, absentMilliseconds: time),
      ] {
        let shared = refusal.sharedWords
        #expect(shared.map { self.text($0) } == self.text(refusal))
        #expect(shared?.sharedWords == shared)
        #expect(shared?.status == refusal.status && shared?.reason == refusal.reason)
        all.insert(refusal)
        if let shared { words.insert(shared) }
      }
    }
    #expect(words.count < all.count)
    #expect(Refusal.clientFull(limit: 7).sharedWords == .clientFull(limit: 7))
    #expect(Refusal.unknownVersion(model: self.digits).sharedWords == nil)
    #expect(Refusal.expiredAtWorker(self.digitsOne, SessionID(1)).sharedWords == nil)
  }
}
