import Inference
import QueueCore
import Testing
import ZeroMQ

@testable import worker

/// A compute thread between a queue and a mailbox.
@Suite struct ComputeThreadTests {
  private let queue = ComputeQueue(policy: BatchPolicy(maximumRows: 4))
  private let progress = ComputeProgress(threads: 1)
  private let mailbox: Mailbox<LoopMessage>

  init() throws {
    self.mailbox = try Mailbox()
  }

  /// Runs a thread until so many requests are answered; returns the answers in the order in which they came.
  private func answers(_ count: Int, to jobs: [ComputeJob], model: FakeModel) async throws -> [ComputeResult] {
    let (queue, progress, mailbox) = (self.queue, self.progress, self.mailbox)
    queue.put(jobs)
    let thread = try LoopThread(name: "compute") {
      let runner = try ModelRunner(model: model, name: "m", version: "7", maxBatchSize: 4)
      var thread = ComputeThread(index: 0, queue: queue, runner: runner, progress: progress, mailbox: mailbox)
      try thread.run()
    }
    let collector = try LoopThread(name: "collector") { () -> [ComputeResult] in
      var poller = Poller(capacity: 1)
      _ = poller.add(fileDescriptor: mailbox.fileDescriptor)
      var messages: [LoopMessage] = []
      var results: [ComputeResult] = []
      while results.count < count {
        guard try poller.wait(milliseconds: 30_000) > 0 else { break }
        mailbox.drain(into: &messages)
        for case .computed(let more, _) in messages { results += more }
      }
      return results
    }
    let results = try await collector.value
    queue.close()
    try await thread.value
    return results
  }

  @Test func interactiveRequestRunsBetweenTheSlicesOfABulkRequest() async throws {
    let queue = self.queue
    let online = try JobMaking.instances(2, [5])
    let model = FakeModel { if $0 == 0 { queue.put([online]) } }
    let results = try await self.answers(2, to: [JobMaking.lines(1, Array(0..<12))], model: model)
    #expect(model.runs == [4, 1, 4, 4])
    #expect(results.map(\.number) == [2, 1])
    #expect(results.allSatisfy { $0.outcome.status == .ok })
    #expect(results[1].parts[0].text.split(separator: "\n").count == 12)
  }

  @Test func bulkRequestThatIsGivenUpStopsBetweenSlices() async throws {
    let queue = self.queue
    let job = try JobMaking.lines(1, Array(0..<12))
    let model = FakeModel { if $0 == 1 { #expect(!queue.cancel(job.work.ticket)) } }
    let results = try await self.answers(1, to: [job], model: model)
    #expect(model.runs == [4, 4])
    #expect(results.map(\.outcome.status) == [.cancelled])
  }

  @Test func lateRequestsAreAnsweredBeforeTheOthersAndNotComputed() async throws {
    let past = Instant(nanoseconds: MonotonicClock.nanoseconds)
    let model = FakeModel()
    let late = try JobMaking.job(1, ["{\"instances\":[[1,0]]}"], deadline: past)
    let lateBulk = try JobMaking.job(3, ["[1,0]\n"], as: .jsonLines, class: .batch, deadline: past)
    let results = try await self.answers(3, to: [late, JobMaking.instances(2, [5]), lateBulk], model: model)
    #expect(results.map(\.number) == [1, 2, 3])
    #expect(results.map(\.outcome.status) == [.deadlineExceeded, .ok, .deadlineExceeded])
    #expect(try results[0].detail?.reason == "DEADLINE_EXCEEDED")
    #expect(model.runs == [1])
  }

  @Test func whatDidNotFitIntoABatchIsComputedNext() async throws {
    let model = FakeModel()
    let jobs = try (0..<6).map { try JobMaking.instances($0, [1, 2, 3]) }
    let results = try await self.answers(6, to: jobs, model: model)
    #expect(results.map(\.number) == Array(0..<6))
    #expect(model.runs == Array(repeating: 3, count: 6))
  }

  @Test func progressMovesWithEachEngineCallAndShowsOneThatHangs() async throws {
    let progress = self.progress
    let model = FakeModel { _ in
      let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
      #expect(progress.busyMilliseconds(at: now.advanced(byMilliseconds: 5000)) >= 5000)
    }
    #expect(progress.stamp == 0)
    _ = try await self.answers(1, to: [JobMaking.instances(1, [1])], model: model)
    #expect(progress.stamp == 2)
    #expect(progress.busyMilliseconds(at: Instant(nanoseconds: .max)) == 0)
  }
}
