import Testing

@testable import QueueCore

@Suite struct DisconnectReasonTextTests {
  @Test(
    arguments: [
      (.unknownSession, .aborted), (.lost, .aborted), (.brokerStopping, .aborted),
      (.stuck, .deadlineExceeded), (.secondReady, .failedPrecondition), (.misbehaved, .invalidArgument),
      (.tooManyWorkers, .resourceExhausted), (.digestMismatch, .failedPrecondition),
    ] as [(DisconnectReason, StatusCode)])
  func onlyWhoIsToJoinAnewIsToldAborted(reason: DisconnectReason, status: StatusCode) {
    #expect(reason.status == status)
    #expect(reason.message.contains("join anew") == (status == .aborted))
  }

  @Test func everyReasonHasAWordAndALineOfItsOwn() {
    let all = DisconnectReason.allCases
    #expect(Set(all.map(\.reason)).count == all.count)
    #expect(Set(all.map(\.message)).count == all.count)
    for reason in all {
      #expect(reason.reason.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == 0x5F })
      #expect(!reason.message.contains("\n") && !reason.message.isEmpty)
    }
  }
}
