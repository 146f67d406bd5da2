import Glibc
import Inference
import QueueCore
import Synchronization
import Testing
import ZeroMQ

@testable import worker

/// Something that has happened or not.
private final class Flag: Sendable {
  let isSet = Atomic(false)
}

/// Compute threads, one a lane, between a queue and a mailbox.
@Suite struct ComputeThreadTests {
  private let queue = ComputeQueue(policy: BatchPolicy(maximumRows: 4))
  private let progress = ComputeProgress(threads: 2)
  private let mailbox: Mailbox<LoopMessage>

  init() throws {
    self.mailbox = try Mailbox()
  }

  /// Runs a thread until so many requests are answered; returns the answers in the order in which they came.
  private func answers(_ count: Int, to jobs: [ComputeJob], model: FakeModel) async throws -> [ComputeResult] {
    let (queue, progress, mailbox) = (self.queue, self.progress, self.mailbox)
    queue.put(jobs)
    let threads = try [Lane.interactive, .bulk].map { lane in
      try LoopThread(name: "compute-\(lane)") {
        let runner = try ModelRunner(model: model, name: "m", version: "7", maxBatchSize: 4)
        let thread = ComputeThread(
          index: Int(lane.rawValue), queue: queue, runner: runner, progress: progress, mailbox: mailbox)
        switch lane {
        case .interactive: #expect(try !thread.follow())
        case .bulk: try thread.runBulkLane()
        }
      }
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
    for thread in threads { try await thread.value }
    return results
  }

  @Test func interactiveRequestDoesNotWaitForAnEngineCallOfABulkRequest() async throws {
    let queue = self.queue
    let online = try JobMaking.instances(2, [5])
    let isAnswered = Flag()
    // The first call of the bulk request goes on until the interactive one has had its own.
    let model = FakeModel { call in
      guard call == 0 else { return isAnswered.isSet.store(true, ordering: .releasing) }
      queue.put([online])
      #expect(queue.takeAsLeader() == nil)
      let deadline = MonotonicClock.nanoseconds + 30_000_000_000
      while !isAnswered.isSet.load(ordering: .acquiring), MonotonicClock.nanoseconds < deadline { sched_yield() }
    }
    let results = try await self.answers(2, to: [JobMaking.lines(1, Array(0..<12))], model: model)
    let hasBeenAnswered = isAnswered.isSet.load(ordering: .acquiring)
    #expect(hasBeenAnswered)
    #expect(model.runs.sorted() == [1, 4, 4, 4])
    #expect(results.map(\.number).sorted() == [1, 2] && results.allSatisfy { $0.outcome.status == .ok })
    let lines = results.first { $0.number == 1 }?.parts[0].text.split(separator: "\n")
    #expect(lines?.count == 12)
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
    let ordered = results.sorted { $0.number < $1.number }
    #expect(ordered.map(\.number) == [1, 2, 3])
    #expect(ordered.map(\.outcome.status) == [.deadlineExceeded, .ok, .deadlineExceeded])
    #expect(try ordered[0].detail?.reason == "DEADLINE_EXCEEDED")
    #expect(results.filter { $0.number < 3 }.map(\.number) == [1, 2])
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
