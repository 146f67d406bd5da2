import Glibc
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

  /// Puts requests in and tells the followers.
  private func offer(_ jobs: [ComputeJob], to queue: ComputeQueue? = nil) {
    let queue = queue ?? self.queue
    queue.put(jobs)
    #expect(queue.takeAsLeader() == nil)
  }

  private func bulk(_ number: UInt64) throws -> ComputeJob {
    try JobMaking.job(number, ["x"], class: .batch)
  }

  @Test func eachLaneHasItsOwnInteractiveRequestsInBatches() throws {
    self.offer([try self.bulk(8), try self.bulk(9)] + (try self.online(1...6)))
    #expect(self.queue.count == 8)
    #expect(self.numbers(self.queue.followerBatch()) == [1, 2, 3, 4])
    #expect(self.queue.takeBulk()?.work.ticket.work.rawValue == 8)
    #expect(self.numbers(self.queue.followerBatch()) == [5, 6])
    #expect(self.queue.takeBulk()?.work.ticket.work.rawValue == 9)
    #expect(self.queue.count == 0)
  }

  @Test func whatIsPutBackComesBeforeWhatCameLater() throws {
    self.offer(try self.online(1...3))
    let jobs = try #require(self.queue.followerBatch())
    self.offer(try self.online(4...5))
    self.queue.followerEnded(ComputedBatch(leftOver: Array(jobs[1...])))
    #expect(self.numbers(self.queue.followerBatch()) == [2, 3, 4, 5])
  }

  @Test func waitingRequestIsTakenOutWhenItIsCancelled() throws {
    self.offer(try self.online(1...3) + [try self.bulk(8), try self.bulk(9)])
    #expect(self.queue.cancel(try self.online(2...2)[0].work.ticket))
    #expect(self.queue.cancel(try self.bulk(8).work.ticket))
    #expect(!self.queue.cancel(try self.bulk(77).work.ticket))
    #expect(self.numbers(self.queue.followerBatch()) == [1, 3])
    #expect(self.queue.takeBulk()?.work.ticket.work.rawValue == 9)
  }

  @Test func runningBulkRequestIsMarkedWhenItIsCancelled() throws {
    let job = try self.bulk(1)
    self.offer([job])
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
      try LoopThread(name: "waiter-\(index)") { index < 2 ? queue.followerBatch() == nil : queue.takeBulk() == nil }
    }
    queue.close()
    for waiter in waiters { #expect(try await waiter.value) }
  }

  @Test func severalThreadsShareWhatWasPutInTogether() async throws {
    let queue = self.queue
    let threads = try (0..<3).map { index in
      try LoopThread(name: "taker-\(index)") { () -> [UInt64] in
        queue.followerBatch()?.map(\.work.ticket.work.rawValue) ?? []
      }
    }
    self.offer(try self.online(1...12))
    var taken: [UInt64] = []
    for thread in threads { taken += try await thread.value }
    #expect(taken.sorted() == Array(1...12))
  }

  @Test func whoeverWaitsForBulkWorkIsNotWokenForOther() async throws {
    let queue = self.queue
    let bulk = try LoopThread(name: "bulk") { queue.takeBulk()?.work.ticket.work.rawValue }
    let online = try LoopThread(name: "online") { queue.followerBatch()?.count }
    self.offer(try self.online(1...2))
    #expect(try await online.value == 2)
    self.offer([try self.bulk(9)])
    #expect(try await bulk.value == 9)
  }

  @Test func batchThatIsHeldBackIsTakenWhenItsTimeIsUp() throws {
    let queue = ComputeQueue(policy: BatchPolicy(maximumRows: 4, maximumDelayNanoseconds: 20_000_000))
    // After three that came together, more are hoped for.
    self.offer(try self.online(1...3), to: queue)
    #expect(self.numbers(queue.followerBatch()) == [1, 2, 3])
    let start = MonotonicClock.nanoseconds
    self.offer(try self.online(4...4), to: queue)
    #expect(self.numbers(queue.followerBatch()) == [4])
    #expect(MonotonicClock.nanoseconds - start >= 20_000_000)
  }

  // MARK: The leader

  /// A queue whose leader may compute, after a batch that a follower computed in so many nanoseconds.
  /// Followers look after the leader once in a minute, unless it is to be soon.
  private func queue(afterBatchOf nanoseconds: UInt64, soon: Bool = false) throws -> ComputeQueue {
    let queue = ComputeQueue(
      policy: BatchPolicy(maximumRows: 4), leaderMayCompute: true,
      leadership: soon ? Leadership() : Leadership(lookNanoseconds: 60_000_000_000))
    self.offer(try self.online(1...1), to: queue)
    #expect(self.numbers(queue.followerBatch()) == [1])
    queue.followerEnded(ComputedBatch(nanoseconds: nanoseconds))
    return queue
  }

  /// A thread that follows once, seen to rest; what it was told to do, in words.
  private func follower(of queue: ComputeQueue) throws -> LoopThread<String> {
    let thread = try LoopThread(name: "follower") { () -> String in
      switch queue.nextTask() {
      case .batch(let jobs): "batch of \(jobs.count)"
      case .lead: "lead"
      case .leave: "leave"
      }
    }
    while queue.restingFollowers == 0 { sched_yield() }
    return thread
  }

  @Test func leaderTakesShortBatchesWhileAFollowerRests() async throws {
    let queue = try self.queue(afterBatchOf: 50_000)
    queue.put(try self.online(2...3))
    // Nobody rests: nobody would look after the leader.
    #expect(queue.takeAsLeader() == nil)
    #expect(self.numbers(queue.followerBatch()) == [2, 3])
    let follower = try self.follower(of: queue)
    queue.put(try self.online(4...6))
    let batch = try #require(queue.takeAsLeader())
    #expect(self.numbers(batch.jobs) == [4, 5, 6])
    queue.put(try self.online(7...7))
    let after = queue.leaderEnded(batch, ComputedBatch(leftOver: Array(batch.jobs[2...]), nanoseconds: 50_000))
    #expect(after == .leads(moreWaits: true))
    // A follower that was woken to look after it may have come too late for that, and finds these.
    _ = queue.takeWaiting()
    queue.close()
    #expect(["leave", "batch of 2"].contains(try await follower.value))
  }

  @Test func leaderLeavesLongBatchesToTheFollower() async throws {
    let queue = try self.queue(afterBatchOf: 5_000_000)
    let follower = try self.follower(of: queue)
    queue.put(try self.online(2...3))
    #expect(queue.takeAsLeader() == nil)
    #expect(try await follower.value == "batch of 2")
  }

  @Test func leaderOfSeveralThreadsLeavesAllBatchesToThem() async throws {
    self.offer(try self.online(1...1))
    _ = self.queue.nextTask()
    self.queue.followerEnded(ComputedBatch(nanoseconds: 10))
    let follower = try self.follower(of: self.queue)
    self.offer(try self.online(2...3))
    #expect(try await follower.value == "batch of 2")
  }

  @Test func followerLeadsWhenABatchOfTheLeadersGoesOnAndOn() async throws {
    let queue = try self.queue(afterBatchOf: 50_000, soon: true)
    let follower = try self.follower(of: queue)
    queue.put(try self.online(2...3))
    let batch = try #require(queue.takeAsLeader())
    #expect(try await follower.value == "lead")
    // Whoever leads now has nobody to look after it.
    queue.put(try self.online(4...4))
    #expect(queue.takeAsLeader() == nil)
    #expect(queue.leaderEnded(batch, ComputedBatch(leftOver: [batch.jobs[1]])) == .follows)
    #expect(self.numbers(queue.followerBatch()) == [3, 4])
  }
}

extension ComputeQueue {
  /// What a follower gets if it is not to lead; nil if it is to leave.
  fileprivate func followerBatch() -> [ComputeJob]? {
    switch self.nextTask() {
    case .batch(let jobs): return jobs
    case .lead:
      Issue.record("nobody computes for so long that a follower must lead")
      return nil
    case .leave: return nil
    }
  }
}
