import QueueCore
import Testing

/// A store and a folder that several processes share, each of which may be stopped for long, or die, at any action.
private final class SharedWorld {
  /// A file's content, whatever its name is. Who has it open keeps it.
  final class Content {
    var lines: [String]

    init(_ lines: [String]) { self.lines = lines }
  }

  var random: SplitMix64
  let chunks: [(rows: UInt32, failed: UInt32)]
  let limit: JobErrorLimit?
  var now = Instant.zero
  var fence = 0
  var checkpoint = JobCheckpoint.start
  var isFinalizing = false
  var end: JobEnd?
  var partial: Content?
  var output: Content?
  var stalls = 0
  let stallOneIn: Int

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    self.chunks = (0..<Int.random(in: 0...10, using: &random)).map { _ in
      let rows = UInt32.random(in: 1...5, using: &random)
      return (rows, random.chance(oneIn: 3) ? UInt32.random(in: 0...rows, using: &random) : 0)
    }
    self.limit =
      switch Int.random(in: 0..<3, using: &random) {
      case 0: nil
      case 1: .rows(UInt64.random(in: 0...6, using: &random))
      default: .percent(Double(Int.random(in: 0...40, using: &random)))
      }
    self.stallOneIn = [0, 4, 12, 40][Int.random(in: 0..<4, using: &random)]
    self.random = random
  }

  /// Each chunk's line, up to the one that makes the failed rows too many, and whether there is such a one.
  var expected: (lines: [String], isTooBad: Bool) {
    var (lines, rows, failed): ([String], UInt64, UInt64) = ([], 0, 0)
    func isTooBad(_ isComplete: Bool) -> Bool {
      self.limit?.isExceeded(failed: failed, of: rows, isComplete: isComplete) ?? false
    }
    for (index, chunk) in self.chunks.enumerated() {
      if isTooBad(false) { return (lines, true) }
      rows += UInt64(chunk.rows)
      failed += UInt64(chunk.failed)
      lines.append("chunk \(index)")
    }
    return (lines, isTooBad(true))
  }

  func comesToAStall() -> Bool {
    guard self.stalls < 30, self.random.chance(oneIn: self.stallOneIn) else { return false }
    self.stalls += 1
    return true
  }
}

/// One process's run of the job.
private struct SharedRun: ~Copyable {
  static let leaseMilliseconds: UInt64 = 100

  let world: SharedWorld
  let fence: Int
  var machine: JobMachine
  var leaseEnd: Instant
  var file: SharedWorld.Content?
  var pending: [JobEvent] = []
  var nextChunk: Int
  var isOver = false

  init(_ world: SharedWorld) {
    world.fence += 1
    self.world = world
    self.fence = world.fence
    self.leaseEnd = world.now.advanced(byMilliseconds: Self.leaseMilliseconds)
    self.nextChunk = Int(world.checkpoint.chunks)
    self.machine = JobMachine(
      limits: JobLimits(), checkpoint: world.checkpoint, isFinalizing: world.isFinalizing, errorLimit: world.limit,
      leaseEnd: self.leaseEnd)
  }

  mutating func run() {
    self.step(.started)
    while !self.isOver {
      if self.world.random.chance(oneIn: 80) {
        let stops: [JobStop] = [.shutdown, .setBack, .pause]
        self.step(.stopRequested(stops[Int.random(in: 0..<3, using: &self.world.random)]))
      } else if self.pending.isEmpty {
        let deadline = self.machine.nextDeadline
        guard deadline != .distantFuture else {
          Issue.record("the job waits for nothing")
          return
        }
        self.world.now = max(self.world.now, deadline)
        self.step(.deadlinePassed)
      } else {
        let event = self.pending.remove(at: Int.random(in: 0..<self.pending.count, using: &self.world.random))
        self.world.now = self.world.now.advanced(byMilliseconds: UInt64.random(in: 0..<4, using: &self.world.random))
        self.step(event)
      }
    }
  }

  private mutating func step(_ event: JobEvent) {
    var actions: [JobAction] = []
    self.machine.step(event, at: self.world.now, into: &actions)
    if case .leaseRenewed(let until) = event { self.leaseEnd = max(self.leaseEnd, until) }
    if self.world.now >= self.leaseEnd {
      let isSilent = actions.allSatisfy { $0 == .abandonRequests || $0 == .end(.broken(.lease)) }
      #expect(isSilent, "after its lease it asks for \(actions)")
    }
    for action in actions where !self.isOver {
      if self.world.comesToAStall() {
        // Stopped for longer than the lease, with this action decided on. Another process takes over.
        self.world.now = self.world.now.advanced(byMilliseconds: Self.leaseMilliseconds + 50)
        var other = SharedRun(self.world)
        other.run()
        if self.world.random.chance(oneIn: 2) {
          self.isOver = true
          return
        }
      }
      self.perform(action)
    }
  }

  /// Takes the store's word for whether this is still the one to write.
  private mutating func commit(then event: JobEvent, _ body: (SharedWorld) -> Void) {
    guard self.world.fence == self.fence, self.world.end == nil else { return self.pending = [.broken(.store)] }
    body(self.world)
    self.pending.append(.leaseRenewed(until: self.world.now.advanced(byMilliseconds: Self.leaseMilliseconds)))
    self.pending.append(event)
  }

  private mutating func perform(_ action: JobAction) {
    let world = self.world
    switch action {
    case .prepare(let checkpoint):
      guard world.fence == self.fence else { return self.pending = [.broken(.output)] }
      // A file of its own: the one before may still be written to.
      self.file = SharedWorld.Content(Array((world.partial?.lines ?? []).prefix(Int(checkpoint.chunks))))
      world.partial = self.file
      self.nextChunk = Int(checkpoint.chunks)
      self.pending.append(.prepared)
    case .read:
      if self.nextChunk < world.chunks.count {
        self.nextChunk += 1
        let end = UInt64(self.nextChunk)
        let rows = world.chunks[self.nextChunk - 1].rows
        self.pending.append(.chunkRead(ChunkExtent(rows: rows, payloadBytes: 1, endOffset: end, endLine: end)))
      } else {
        let end = UInt64(world.chunks.count)
        self.pending.append(.inputEnded(offset: end, line: end))
      }
    case .send(let requests):
      for request in requests {
        let chunk = world.chunks[Int(request.part.chunk)]
        let outcome = PartOutcome(
          predictedRows: chunk.rows - chunk.failed, failedRows: chunk.failed, outputBytes: 1, errorBytes: 0)
        self.pending.append(.succeeded(request, outcome, RequestTimes()))
      }
    case .write(let request): self.file?.lines.append("chunk \(request.part.chunk)")
    case .sync: self.pending.append(.synced)
    case .checkpoint(let checkpoint): self.commit(then: .checkpointed) { $0.checkpoint = checkpoint }
    case .complete(let checkpoint): self.pending.append(.completed(checkpoint))
    case .recordFinalizing(let checkpoint):
      self.commit(then: .finalizingRecorded) { world in
        world.checkpoint = checkpoint
        world.isFinalizing = true
      }
    case .publishOutput:
      if let partial = world.partial { world.output = partial }
      world.partial = nil
    case .syncDirectory: self.pending.append(.published)
    case .end(let end):
      self.isOver = true
      guard world.fence == self.fence, world.end == nil else { return }
      switch end {
      case .succeeded, .tooManyFailedRows: world.end = end
      default: break
      }
    default: break
    }
  }
}

struct JobBoundsTests {
  @Test(arguments: UInt64(0)..<400)
  func whoeverHasLostItsLeaseWritesNothingThatMatters(seed: UInt64) {
    let world = SharedWorld(seed: seed)
    var runs = 0
    while world.end == nil, runs < 200 {
      runs += 1
      world.now = world.now.advanced(byMilliseconds: 500)
      var run = SharedRun(world)
      run.run()
    }
    let (lines, isTooBad) = world.expected
    if isTooBad {
      #expect(world.end == .tooManyFailedRows(world.checkpoint))
      #expect(world.partial?.lines.prefix(Int(world.checkpoint.chunks)).map { $0 } ?? [] == lines)
      #expect(world.checkpoint.chunks == UInt64(lines.count))
      #expect(world.output == nil)
    } else {
      #expect(world.end == .succeeded)
      #expect(world.output?.lines == lines)
    }
  }

  @Test func aLeaseThatEndsUnnoticedIsNoticedByTheClock() {
    var machine = JobMachine(
      limits: JobLimits(), checkpoint: .start, isFinalizing: false, leaseEnd: Instant(nanoseconds: 1_000))
    var actions: [JobAction] = []
    machine.step(.started, at: .zero, into: &actions)
    #expect(machine.nextDeadline == Instant(nanoseconds: 1_000))
    machine.step(.leaseRenewed(until: Instant(nanoseconds: 5_000)), at: Instant(nanoseconds: 1_500), into: &actions)
    #expect(machine.nextDeadline == Instant(nanoseconds: 5_000), "renewed in time, heard of late")
    actions.removeAll()
    machine.step(.deadlinePassed, at: Instant(nanoseconds: 5_000), into: &actions)
    #expect(actions == [.end(.broken(.lease))])
  }

  @Test func aShareIsJudgedFromAThousandRowsOnAndAtTheEnd() {
    let limit = JobErrorLimit.percent(1)
    let few = limit.isExceeded(failed: 999, of: 999, isComplete: false)
    #expect(!few)
    let end = limit.isExceeded(failed: 10, of: 999, isComplete: true)
    #expect(end)
    let even = limit.isExceeded(failed: 10, of: 1000, isComplete: false)
    #expect(!even)
    let more = limit.isExceeded(failed: 11, of: 1000, isComplete: false)
    #expect(more)
    let rows = JobErrorLimit.rows(0)
    #expect(
      !rows.isExceeded(failed: 0, of: 5, isComplete: true) && rows.isExceeded(failed: 1, of: 5, isComplete: false))
  }
}
