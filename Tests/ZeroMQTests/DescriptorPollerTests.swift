import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct DescriptorPollerTests {
  @Test func itSleepsUntilItsDeadlineAfterLooking() throws {
    let pair = try Pair(.pull, .push)
    var poller = DescriptorPoller([try pair.bound.fileDescriptor()])
    // A new socket's descriptor tells of its making; what it tells is heard by receiving.
    while try pair.bound.receiveFrames(maxParts: 1) != nil {}
    let deadline = MonotonicClock.nanoseconds + 50_000_000
    while try poller.wait(untilNanoseconds: deadline, lookingFirstFor: 1_000_000) {
      while try pair.bound.receiveFrames(maxParts: 1) != nil {}
    }
    #expect(MonotonicClock.nanoseconds >= deadline)
    #expect(try poller.wait(untilNanoseconds: 0, lookingFirstFor: .max) == false)
  }

  /// Either way: by a look, and by being woken from the sleep after it.
  @Test(arguments: [0, 3_600_000_000_000] as [UInt64])
  func aMessageEndsTheWait(lookNanoseconds: UInt64) async throws {
    let context = try Context()
    let bound = try Socket(.pull, in: context)
    try bound.bind("inproc://looked-for")
    let sender = try LoopThread(name: "sender") {
      let socket = try Socket(.push, in: context)
      try socket.connect("inproc://looked-for")
      return try socket.send(pattern(1).span.bytes, wait: true)
    }
    var poller = DescriptorPoller([try bound.fileDescriptor()])
    var received: ReceivedFrames?
    while received == nil {
      try poller.wait(untilNanoseconds: nil, lookingFirstFor: lookNanoseconds)
      received = try bound.receiveFrames(maxParts: 1)
    }
    #expect(received?.frames.count == 1)
    #expect(try await sender.value == .sent)
  }

  @Test func aPostEndsTheWait() throws {
    let mailbox = try Mailbox<Int>()
    var poller = DescriptorPoller([mailbox.fileDescriptor])
    #expect(mailbox.mayHaveMessages == false)
    _ = mailbox.post(1)
    #expect(mailbox.mayHaveMessages == true)
    #expect(try poller.wait(untilNanoseconds: nil, lookingFirstFor: 0) == true)
    var batch: [Int] = []
    mailbox.drain(into: &batch)
    #expect(batch == [1] && !mailbox.mayHaveMessages)
    #expect(try poller.wait(untilNanoseconds: 0, lookingFirstFor: 0) == false)
    mailbox.close()
    #expect(mailbox.mayHaveMessages == true)
  }
}
