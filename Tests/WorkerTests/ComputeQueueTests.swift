import QueueCore
import Testing
import ZeroMQ

@testable import worker

/// Requests between the threads.
@Suite struct ComputeQueueTests {
  private let queue = ComputeQueue(policy: BatchPolicy(maximumRows: 4))

  private func numbers(_ jobs: [ComputeJob]?) -> [UInt64]? { jobs?.map(\.work.ticket.work.rawValue) }

  private func online(_ numbers: ClosedRange<UInt64>) throws -> [ComputeJob] {
    try numbers.map { try JobMaking.job($0, ["x"]) }
  }

  private func bulk(_ number: UInt64) throws -> ComputeJob {
    try JobMaking.job(number, ["x"], class: .batch)
  }

  @Test func eachLaneHasItsOwnInteractiveRequestsInBatches() throws {
    self.queue.put([try self.bulk(8), try self.bulk(9)] + (try self.online(1...6)))
    #expect(self.queue.count == 8)
    #expect(self.numbers(self.queue.takeBatch()) == [1, 2, 3, 4])
    #expect(self.queue.takeBulk()?.work.ticket.work.rawValue == 8)
    #expect(self.numbers(self.queue.takeBatch()) == [5, 6])
    #expect(self.queue.takeBulk()?.work.ticket.work.rawValue == 9)
    #expect(self.queue.count == 0)
  }

  @Test func whatIsPutBackComesBeforeWhatCameLater() throws {
    self.queue.put(try self.online(1...3))
    let jobs = try #require(self.queue.takeBatch())
    self.queue.put(try self.online(4...5))
    self.queue.putBack(Array(jobs[1...]))
    #expect(self.numbers(self.queue.takeBatch()) == [2, 3, 4, 5])
  }

  @Test func waitingRequestIsTakenOutWhenItIsCancelled() throws {
    self.queue.put(try self.online(1...3) + [try self.bulk(8), try self.bulk(9)])
    #expect(self.queue.cancel(try self.online(2...2)[0].work.ticket))
    #expect(self.queue.cancel(try self.bulk(8).work.ticket))
    #expect(!self.queue.cancel(try self.bulk(77).work.ticket))
    #expect(self.numbers(self.queue.takeBatch()) == [1, 3])
    #expect(self.queue.takeBulk()?.work.ticket.work.rawValue == 9)
  }

  @Test func runningBulkRequestIsMarkedWhenItIsCancelled() throws {
    let job = try self.bulk(1)
    self.queue.put([job])
    _ = self.queue.takeBulk()
    #expect(!self.queue.isAbandoned(job.work.ticket))
    #expect(!self.queue.cancel(job.work.ticket))
    #expect(self.queue.isAbandoned(job.work.ticket))
    self.queue.bulkEnded(job.work.ticket)
    #expect(!self.queue.isAbandoned(job.work.ticket))
    #expect(!self.queue.cancel(job.work.ticket))
    #expect(!self.queue.isAbandoned(job.work.ticket))
  }

  @Test func closedQueueSendsEveryWaiterHome() async throws {
    let queue = self.queue
    let waiters = try (0..<4).map { index in
      try LoopThread(name: "waiter-\(index)") { index < 2 ? queue.takeBatch() == nil : queue.takeBulk() == nil }
    }
    queue.close()
    for waiter in waiters { #expect(try await waiter.value) }
  }

  @Test func severalThreadsShareWhatWasPutInTogether() async throws {
    let queue = self.queue
    let threads = try (0..<3).map { index in
      try LoopThread(name: "taker-\(index)") { () -> [UInt64] in
        queue.takeBatch()?.map(\.work.ticket.work.rawValue) ?? []
      }
    }
    queue.put(try self.online(1...12))
    var taken: [UInt64] = []
    for thread in threads { taken += try await thread.value }
    #expect(taken.sorted() == Array(1...12))
  }

  @Test func whoeverWaitsForBulkWorkIsNotWokenForOther() async throws {
    let queue = self.queue
    let bulk = try LoopThread(name: "bulk") { queue.takeBulk()?.work.ticket.work.rawValue }
    let online = try LoopThread(name: "online") { queue.takeBatch()?.count }
    queue.put(try self.online(1...2))
    #expect(try await online.value == 2)
    queue.put([try self.bulk(9)])
    #expect(try await bulk.value == 9)
  }

  @Test func batchThatIsHeldBackIsTakenWhenItsTimeIsUp() throws {
    let queue = ComputeQueue(policy: BatchPolicy(maximumRows: 4, maximumDelayNanoseconds: 20_000_000))
    // After three that came together, more are hoped for.
    queue.put(try self.online(1...3))
    #expect(self.numbers(queue.takeBatch()) == [1, 2, 3])
    let start = MonotonicClock.nanoseconds
    queue.put(try self.online(4...4))
    #expect(self.numbers(queue.takeBatch()) == [4])
    #expect(MonotonicClock.nanoseconds - start >= 20_000_000)
  }
}
