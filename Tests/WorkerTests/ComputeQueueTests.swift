import QueueCore
import Testing
import ZeroMQ

@testable import worker

/// Requests between the threads.
@Suite struct ComputeQueueTests {
  private let queue = ComputeQueue(policy: BatchPolicy(maximumRows: 4))

  private func numbers(_ assignment: ComputeQueue.Assignment?) -> [UInt64]? {
    switch assignment {
    case .batch(let jobs): jobs.map { $0.work.ticket.work.rawValue }
    case .bulk(let job): [job.work.ticket.work.rawValue]
    case nil: nil
    }
  }

  private func online(_ numbers: ClosedRange<UInt64>) throws -> [ComputeJob] {
    try numbers.map { try JobMaking.job($0, ["x"]) }
  }

  private func bulk(_ number: UInt64) throws -> ComputeJob {
    try JobMaking.job(number, ["x"], class: .batch)
  }

  @Test func interactiveRequestsComeFirstAndInBatches() throws {
    self.queue.put([try self.bulk(9)] + (try self.online(1...6)))
    #expect(self.queue.count == 7)
    #expect(self.numbers(self.queue.take()) == [1, 2, 3, 4])
    #expect(self.numbers(self.queue.take()) == [5, 6])
    #expect(self.numbers(self.queue.take()) == [9])
    #expect(self.queue.count == 0)
  }

  @Test func whatIsPutBackComesBeforeWhatCameLater() throws {
    self.queue.put(try self.online(1...3))
    guard case .batch(let jobs) = self.queue.take() else {
      Issue.record("nothing to do")
      return
    }
    self.queue.put(try self.online(4...5))
    self.queue.putBack(Array(jobs[1...]))
    #expect(self.numbers(self.queue.take()) == [2, 3, 4, 5])
  }

  @Test func waitingRequestIsTakenOutWhenItIsCancelled() throws {
    self.queue.put(try self.online(1...3) + [try self.bulk(8), try self.bulk(9)])
    #expect(self.queue.cancel(try self.online(2...2)[0].work.ticket))
    #expect(self.queue.cancel(try self.bulk(8).work.ticket))
    #expect(!self.queue.cancel(try self.bulk(77).work.ticket))
    #expect(self.numbers(self.queue.take()) == [1, 3])
    #expect(self.numbers(self.queue.take()) == [9])
  }

  @Test func runningBulkRequestIsMarkedWhenItIsCancelled() throws {
    let job = try self.bulk(1)
    self.queue.put([job])
    _ = self.queue.take()
    #expect(!self.queue.isAbandoned(job.work.ticket))
    #expect(!self.queue.cancel(job.work.ticket))
    #expect(self.queue.isAbandoned(job.work.ticket))
    self.queue.bulkEnded(job.work.ticket)
    #expect(!self.queue.isAbandoned(job.work.ticket))
    #expect(!self.queue.cancel(job.work.ticket))
    #expect(!self.queue.isAbandoned(job.work.ticket))
  }

  @Test func betweenSlicesThereIsWorkOnlyIfSomebodyWaits() throws {
    #expect(self.queue.takeBetweenSlices().isEmpty)
    self.queue.put(try self.online(1...2) + [try self.bulk(9)])
    #expect(self.queue.takeBetweenSlices().count == 2)
    #expect(self.queue.takeBetweenSlices().isEmpty)
    #expect(self.numbers(self.queue.take()) == [9])
  }

  @Test func closedQueueSendsEveryWaiterHome() async throws {
    let queue = self.queue
    let waiters = try (0..<3).map { index in
      try LoopThread(name: "waiter-\(index)") { queue.take() == nil }
    }
    queue.close()
    for waiter in waiters { #expect(try await waiter.value) }
  }

  @Test func severalThreadsShareWhatWasPutInTogether() async throws {
    let queue = self.queue
    let threads = try (0..<3).map { index in
      try LoopThread(name: "taker-\(index)") { () -> [UInt64] in
        guard case .batch(let jobs) = queue.take() else { return [] }
        return jobs.map { $0.work.ticket.work.rawValue }
      }
    }
    queue.put(try self.online(1...12))
    var taken: [UInt64] = []
    for thread in threads { taken += try await thread.value }
    #expect(taken.sorted() == Array(1...12))
  }

  @Test func batchThatIsHeldBackIsTakenWhenItsTimeIsUp() throws {
    let queue = ComputeQueue(policy: BatchPolicy(maximumRows: 4, maximumDelayNanoseconds: 20_000_000))
    let start = MonotonicClock.nanoseconds
    queue.put(try self.online(1...1))
    #expect(self.numbers(queue.take()) == [1])
    #expect(MonotonicClock.nanoseconds - start >= 20_000_000)
  }
}
