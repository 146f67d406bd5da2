import Dispatch
import Glibc
import Inference
import QueueCore
import Synchronization
import Testing
import ZeroMQ

@testable import worker

/// Threads that keep others from a processor, and what that does to the limit of engine calls.
@Suite struct StarvationTests {
  private typealias GetAffinity = @convention(c) (pid_t, Int, UnsafeMutableRawPointer) -> Int32
  private typealias SetAffinity = @convention(c) (pid_t, Int, UnsafeRawPointer) -> Int32

  /// A function that the C library's header shows to GNU programs only.
  private static func function<Function>(_ name: String, as type: Function.Type) -> Function {
    guard let address = dlsym(nil, name) else { preconditionFailure("The C library has no \(name)") }
    return unsafeBitCast(address, to: type)
  }

  /// Binds the calling thread to the first processor that it may use.
  private static func bindToOneProcessor() {
    var mask = [UInt8](repeating: 0, count: 1024)
    let size = mask.count
    guard Self.function("sched_getaffinity", as: GetAffinity.self)(0, size, &mask) >= 0,
      let first = mask.firstIndex(where: { $0 != 0 })
    else { return }
    let processor = mask[first] & (0 &- mask[first])
    mask = [UInt8](repeating: 0, count: size)
    mask[first] = processor
    _ = Self.function("sched_setaffinity", as: SetAffinity.self)(0, size, &mask)
  }

  private static var processorTime: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private final class Shared: Sendable {
    let isOver = Atomic(false)
    let times = Mutex<SystemThreadTimes?>(nil)
    let took = Atomic<UInt64>(0)
    let mayEnd = DispatchSemaphore(value: 0)
  }

  /// Uses up the processor that `bindToOneProcessor` chooses until the end.
  private func burner(_ shared: Shared) throws -> LoopThread<Void> {
    try LoopThread(name: "burner") {
      Self.bindToOneProcessor()
      while !shared.isOver.load(ordering: .relaxed) {}
    }
  }

  @Test func threadTimesTellRunningWaitingAndSleepingApart() async throws {
    let shared = Shared()
    let burner = try self.burner(shared)
    let watched = try LoopThread(name: "watched") {
      Self.bindToOneProcessor()
      shared.times.withLock { $0 = SystemThreadTimes() }
      while (shared.times.withLock { $0?.waited() } ?? .max) < 20_000_000 {}
      let end = Self.processorTime
      shared.isOver.store(true, ordering: .relaxed)
      shared.mayEnd.wait()
      return end
    }
    defer { shared.mayEnd.signal() }
    try await burner.value
    let times = try #require(shared.times.withLock { $0 })
    while times.reading()?.isRunnable == true {}
    let reading = try #require(times.reading())
    shared.mayEnd.signal()
    let ran = try await watched.value
    #expect(reading.ran >= ran && reading.waited >= 20_000_000)
    #expect(reading.ran < ran + 1_000_000_000)
  }

  /// Six milliseconds of work, which take seconds for want of a processor, within a limit of ten.
  @Test func bulkCallThatLacksAProcessorIsNotStopped() async throws {
    let shared = Shared()
    let queue = ComputeQueue(policy: BatchPolicy(maximumRows: 4))
    let limits = ComputeProgress.Limits(callNanoseconds: 10_000_000, graceNanoseconds: 10_000_000)
    let progress = ComputeProgress(threads: 1, limits: limits)
    let mailbox = try Mailbox<LoopMessage>()
    let model = FakeModel { _ in
      Self.bindToOneProcessor()
      let (start, end) = (MonotonicClock.nanoseconds, Self.processorTime + 6_000_000)
      while Self.processorTime < end {}
      shared.took.store(MonotonicClock.nanoseconds - start, ordering: .relaxed)
    }
    queue.put([try JobMaking.lines(1, [1, 2])])
    let burner = try self.burner(shared)
    let thread = try LoopThread(name: "bulk") {
      let runner = try ModelRunner(model: model, name: "m", version: "7", maxBatchSize: 4)
      let compute = ComputeThread(index: 0, queue: queue, runner: runner, progress: progress, mailbox: mailbox)
      try compute.runBulkLane()
    }
    let results = try await self.supervise(progress, mailbox).value
    shared.isOver.store(true, ordering: .relaxed)
    queue.close()
    try await thread.value
    try await burner.value
    #expect(shared.took.load(ordering: .relaxed) > 10_000_000, "the thread was to lack a processor")
    #expect(results.map(\.rows) == [2])
    #expect(model.runs == [2], "and was not stopped")
  }

  /// How often the calling thread has been given a processor.
  private static var timesRun: Int {
    guard let file = fopen("/proc/thread-self/schedstat", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 200)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.split { $0 == " " || $0 == "\n" }.last.flatMap { Int($0) } ?? 0
  }

  /// How often a thread that works for forty milliseconds beside a burner is given their processor.
  private func timesRun(isCourteous: Bool) async throws -> Int {
    let shared = Shared()
    let burner = try self.burner(shared)
    let worker = try LoopThread(name: "worker") {
      Self.bindToOneProcessor()
      var courtesy = Courtesy()
      let (before, end) = (Self.timesRun, Self.processorTime + 40_000_000)
      while Self.processorTime < end { if isCourteous { courtesy.letOthersRun() } }
      return Self.timesRun - before
    }
    let times = try await worker.value
    shared.isOver.store(true, ordering: .relaxed)
    try await burner.value
    return times
  }

  @Test func courteousThreadWorksInShorterPieces() async throws {
    let rude = try await self.timesRun(isCourteous: false)
    let courteous = try await self.timesRun(isCourteous: true)
    #expect(courteous > 2 * rude, "\(courteous) pieces, and \(rude) without courtesy")
  }

  /// Does what the worker's loop does about engine calls, until there are results.
  private func supervise(
    _ progress: ComputeProgress, _ mailbox: Mailbox<LoopMessage>
  ) throws -> LoopThread<[ComputeResult]> {
    try LoopThread(name: "supervisor") {
      var poller = Poller(capacity: 1)
      _ = poller.add(fileDescriptor: mailbox.fileDescriptor)
      var messages: [LoopMessage] = []
      while true {
        let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
        if progress.stopOverdue(at: now) != nil { return [] }
        let wake = progress.nextLook(at: now).nanoseconds
        _ = try poller.wait(untilNanoseconds: wake, now: MonotonicClock.nanoseconds)
        mailbox.drain(into: &messages)
        for case .computed(let results, _) in messages { return results }
      }
    }
  }
}
