import Glibc
import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct PollerTests {
  private let clock = ContinuousClock()

  @Test func timeOutIsCountedInMilliseconds() throws {
    let pair = try Pair(.pull, .push)
    var poller = Poller(capacity: 1)
    let index = poller.add(pair.bound)
    let elapsed = try self.clock.measure { try poller.wait(milliseconds: 50) }
    #expect(elapsed >= .milliseconds(49))  // The kernel's clock and this one may differ by a tick.
    #expect(elapsed < .seconds(30))
    #expect(poller.isReadable(index) == false)
  }

  @Test func deadlineIsCountedInNanoseconds() throws {
    let pair = try Pair(.pull, .push)
    var poller = Poller(capacity: 1)
    _ = poller.add(pair.bound)
    let elapsed = try self.clock.measure {
      try poller.wait(untilNanoseconds: 1_050_000_000, now: 1_000_000_000)
    }
    #expect(elapsed >= .milliseconds(49))
    #expect(elapsed < .seconds(30))
    #expect(try poller.wait(untilNanoseconds: 5, now: 1_000_000_000) == 0)
  }

  @Test func deadlinesAreRoundedUpToWholeMilliseconds() {
    #expect(Poller.milliseconds(until: 10, now: 10) == 0)
    #expect(Poller.milliseconds(until: 9, now: 10) == 0)
    #expect(Poller.milliseconds(until: 11, now: 10) == 1)
    #expect(Poller.milliseconds(until: 1_000_010, now: 10) == 1)
    #expect(Poller.milliseconds(until: 1_000_011, now: 10) == 2)
    #expect(Poller.milliseconds(until: .max, now: 0) == Int(Int32.max))
  }

  @Test func waitWithoutEndIsEndedByAMessage() async throws {
    let context = try Context()
    let bound = try Socket(.pull, in: context)
    try bound.bind("inproc://awaited")
    let sender = try LoopThread(name: "sender") {
      let socket = try Socket(.push, in: context)
      try socket.connect("inproc://awaited")
      return try socket.send(pattern(1).span.bytes, wait: true)
    }
    var poller = Poller(capacity: 1)
    let index = poller.add(bound)
    #expect(try poller.wait(untilNanoseconds: nil, now: 0) == 1)
    #expect(poller.isReadable(index) == true)
    #expect(poller.events(at: index) == .readable)
    #expect(try await sender.value == .sent)
  }

  @Test func onlyTheReadyEntriesAreReady() throws {
    let context = try Context()
    let quiet = try Pair(.pull, .push, in: context)
    let busy = try Pair(.pull, .push, in: context)
    let mailbox = try Mailbox<Int>()
    var poller = Poller(capacity: 3)
    let quietIndex = poller.add(quiet.bound)
    let busyIndex = poller.add(busy.bound)
    let mailIndex = poller.add(fileDescriptor: mailbox.fileDescriptor)
    #expect(try send([[1]], to: busy.connected) == .sent)
    #expect(try poller.wait(milliseconds: patience) == 1)
    #expect(poller.isReadable(quietIndex) == false)
    #expect(poller.isReadable(busyIndex) == true)
    #expect(poller.isReadable(mailIndex) == false)

    #expect(mailbox.post(1) == true)
    #expect(try poller.wait(milliseconds: patience) == 2)
    #expect(poller.isReadable(mailIndex) == true)
  }

  @Test func entriesRestAndLeaveAndAreReplaced() throws {
    let context = try Context()
    let pair = try Pair(.pull, .push, in: context)
    let mailbox = try Mailbox<Int>()
    #expect(try send([[1]], to: pair.connected) == .sent)
    try awaitInput(pair.bound)

    var poller = Poller(capacity: 2)
    let index = poller.add(pair.bound)
    let output = poller.add(pair.connected, for: .writable)
    #expect(try poller.wait(milliseconds: patience) == 2)
    #expect(poller.isWritable(output) == true)
    poller.set([], at: index)
    #expect(poller.isReadable(index) == false)
    #expect(try poller.wait(milliseconds: 0) == 1)
    poller.set(.readable, at: index)
    poller.remove(at: output)
    #expect(try poller.wait(milliseconds: 0) == 1)
    #expect(poller.add(fileDescriptor: mailbox.fileDescriptor) == output)
    poller.remove(at: index)
    #expect(try poller.wait(milliseconds: 0) == 0)
    #expect(poller.add(pair.bound) == index)
    #expect(try poller.wait(milliseconds: 0) == 1)
  }

  @Test func closedDescriptorIsToldAsFailed() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    var poller = Poller(capacity: 1)
    let index = poller.add(fileDescriptor: ends[0])
    close(ends[1])
    #expect(try poller.wait(milliseconds: patience) == 1)
    #expect(poller.events(at: index).contains(.failed))
    close(ends[0])
  }

  @Test func closedSocketInTheSetStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      let context = try Context()
      let socket = try Socket(.pull, in: context)
      var poller = Poller(capacity: 1)
      _ = poller.add(socket)
      try poller.wait(milliseconds: 0)
      socket.close()
      try poller.wait(milliseconds: 0)
    }
  }

  @Test func closedSocketThatWasRemovedIsNoFault() async {
    await #expect(processExitsWith: .success) {
      let context = try Context()
      let socket = try Socket(.pull, in: context)
      var poller = Poller(capacity: 1)
      let index = poller.add(socket)
      poller.remove(at: index)
      socket.close()
      try poller.wait(milliseconds: 0)
    }
  }

  @Test func signalsDoNotCutAWaitShort() async throws {
    let reports = try Mailbox<(thread: pthread_t, elapsed: Duration?)>()
    let release = try Mailbox<Void>()
    let waiting = try LoopThread(name: "interrupted") {
      signal(SIGUSR1) { _ in }
      var mask = sigset_t()
      sigemptyset(&mask)
      sigaddset(&mask, SIGUSR1)
      pthread_sigmask(SIG_UNBLOCK, &mask, nil)
      var poller = Poller(capacity: 1)
      _ = poller.add(fileDescriptor: release.fileDescriptor)
      _ = reports.post((pthread_self(), nil))
      let elapsed = try ContinuousClock().measure { try poller.wait(milliseconds: 300) }
      _ = reports.post((pthread_self(), elapsed))
      try poller.wait(milliseconds: patience)  // So that no signal is sent to a thread that has ended.
    }
    var poller = Poller(capacity: 1)
    _ = poller.add(fileDescriptor: reports.fileDescriptor)
    #expect(try poller.wait(milliseconds: patience) == 1)  // The thread has begun.
    var batch: [(thread: pthread_t, elapsed: Duration?)] = []
    var elapsed: Duration?
    while elapsed == nil {
      if try poller.wait(milliseconds: 10) == 1 { reports.drain(into: &batch) }
      let last = try #require(batch.last)
      #expect(pthread_kill(last.thread, SIGUSR1) == 0)
      elapsed = last.elapsed
    }
    release.close()
    try await waiting.value
    #expect(try #require(elapsed) >= .milliseconds(299))
  }
}
