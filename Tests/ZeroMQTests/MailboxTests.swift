import Glibc
import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct MailboxTests {
  private struct Letter: Equatable, Sendable {
    let sender: Int
    let number: Int
  }

  @Test func manyTasksPostAndEveryMessageArrivesOnceAndInOrder() async throws {
    let mailbox = try Mailbox<Letter>()
    let loop = try Self.collect(8 * 1000, from: mailbox)
    await withTaskGroup(of: Void.self) { group in
      for sender in 0..<8 {
        group.addTask {
          for number in 0..<1000 { #expect(mailbox.post(Letter(sender: sender, number: number)) == true) }
        }
      }
    }
    Self.check(try await loop.value)
  }

  @Test func manyThreadsPostAndEveryMessageArrivesOnceAndInOrder() async throws {
    let mailbox = try Mailbox<Letter>()
    let loop = try Self.collect(8 * 1000, from: mailbox)
    let senders = try (0..<8).map { sender in
      try LoopThread(name: "sender \(sender)") {
        for number in 0..<1000 { #expect(mailbox.post(Letter(sender: sender, number: number)) == true) }
      }
    }
    for sender in senders { try await sender.value }
    Self.check(try await loop.value)
  }

  @Test func wholeBatchCausesOneWakeUp() throws {
    let mailbox = try Mailbox<Int>()
    var batch: [Int] = []
    #expect(Self.wakeUps(mailbox) == 0)
    for round in 0..<3 {
      for number in 0..<100 { #expect(mailbox.post(number) == true) }
      #expect(Self.wakeUps(mailbox) == 1)
      mailbox.drain(into: &batch)
      #expect(batch == Array(0..<100), "in round \(round)")
    }
  }

  @Test func drainingTakesTheWakeUpBack() throws {
    let mailbox = try Mailbox<Int>()
    var poller = Poller(capacity: 1)
    _ = poller.add(fileDescriptor: mailbox.fileDescriptor)
    #expect(try poller.wait(milliseconds: 0) == 0)
    #expect(mailbox.post(1) == true)
    #expect(try poller.wait(milliseconds: 0) == 1)
    var batch = [7, 8, 9]
    mailbox.drain(into: &batch)
    #expect(batch == [1])
    #expect(try poller.wait(milliseconds: 0) == 0)
    mailbox.drain(into: &batch)
    #expect(batch == [])
  }

  @Test func drainingAgainAndAgainUsesTheSameMemory() throws {
    let mailbox = try Mailbox<Int>()
    var batch: [Int] = []
    var addresses: Set<UInt> = []
    for _ in 0..<100 {
      for number in 0..<64 { _ = mailbox.post(number) }
      mailbox.drain(into: &batch)
      addresses.insert(batch.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) })
    }
    // Two arrays take turns; each has grown once to what it needs.
    #expect(addresses.count <= 2)
  }

  @Test func closedMailboxRefusesButGivesOutWhatItHas() throws {
    let mailbox = try Mailbox<Int>()
    #expect(mailbox.post(1) == true)
    #expect(mailbox.isClosed == false)
    mailbox.close()
    mailbox.close()
    #expect(mailbox.isClosed == true)
    #expect(mailbox.post(2) == false)
    var batch: [Int] = []
    mailbox.drain(into: &batch)
    #expect(batch == [1])
    mailbox.drain(into: &batch)
    #expect(batch == [])
  }

  @Test func closingWakesTheLoop() throws {
    let mailbox = try Mailbox<Int>()
    var poller = Poller(capacity: 1)
    _ = poller.add(fileDescriptor: mailbox.fileDescriptor)
    mailbox.close()
    #expect(try poller.wait(milliseconds: 0) == 1)
  }

  /// A loop that drains until it has so many letters.
  private static func collect(_ count: Int, from mailbox: Mailbox<Letter>) throws -> LoopThread<[Letter]> {
    try LoopThread(name: "collector") {
      var poller = Poller(capacity: 1)
      let index = poller.add(fileDescriptor: mailbox.fileDescriptor)
      var letters: [Letter] = []
      var batch: [Letter] = []
      while letters.count < count, try poller.wait(milliseconds: patience) == 1 {
        #expect(poller.isReadable(index) == true)
        mailbox.drain(into: &batch)
        letters += batch
      }
      return letters
    }
  }

  private static func check(_ letters: [Letter]) {
    for sender in 0..<8 {
      #expect(letters.filter { $0.sender == sender }.map(\.number) == Array(0..<1000))
    }
    #expect(letters.count == 8000)
  }

  /// How many wake-ups wait; asking takes them back.
  private static func wakeUps(_ mailbox: Mailbox<Int>) -> UInt64 {
    var count: UInt64 = 0
    return read(mailbox.fileDescriptor, &count, 8) == 8 ? count : 0
  }
}
