import QueueCore
import Testing

/// One process's share of a job: from the last checkpoint to the end, a crash or a stop.
struct JobWorldRun: ~Copyable {
  private struct Crash: Error {}

  private enum Pending {
    case event(JobEvent)
    case sync(output: Int, errors: Int)
    case commit(JobCheckpoint, finalizing: Bool)
    case complete(JobCheckpoint)
  }

  var world: JobWorld
  private var machine: JobMachine
  private var pending: [Pending] = []
  private var answers: [ChunkRequest: (output: String, errors: String)] = [:]
  private var chanceFailures: [UInt64: Int] = [:]
  private var nextChunk: Int
  private var now = Instant.zero
  private var end: JobEnd?
  /// Chunks that were sent in one request, at most.
  private(set) var mostTogether = 0

  init(_ world: JobWorld) {
    self.world = world
    var limits = JobLimits()
    limits.syncBytes = 60
    limits.openChunks = 6
    limits.heldBytes = 400
    limits.requestChunks = Int.random(in: 1...4, using: &self.world.random)
    limits.requestRows = 100
    self.machine = JobMachine(limits: limits, checkpoint: world.checkpoint, isFinalizing: world.state == .finalizing)
    self.nextChunk = Int(world.checkpoint.chunks)
  }

  mutating func run() {
    do {
      try self.step(.started)
      while self.end == nil {
        if self.world.random.chance(oneIn: 60), self.world.stops < 5 {
          self.world.stops += 1
          try self.step(.stopRequested(.shutdown))
        } else if self.pending.isEmpty || self.world.random.chance(oneIn: 20) {
          try self.letTimePass()
        } else {
          try self.letSomethingHappen()
        }
      }
    } catch {
      self.world.disk.crash(&self.world.random)
    }
  }

  private mutating func letTimePass() throws(Crash) {
    let deadline = self.machine.nextDeadline
    guard deadline != .distantFuture else {
      if self.pending.isEmpty {
        Issue.record("the job waits for nothing")
        throw Crash()
      }
      return
    }
    self.now = max(self.now, deadline)
    try self.step(.deadlinePassed)
  }

  private mutating func letSomethingHappen() throws(Crash) {
    let index = Int.random(in: 0..<self.pending.count, using: &self.world.random)
    self.now = self.now.advanced(byMilliseconds: UInt64.random(in: 0..<30, using: &self.world.random))
    switch self.pending.remove(at: index) {
    case .event(let event):
      if Self.isAnswer(event), self.world.random.chance(oneIn: 10) { self.pending.append(.event(event)) }
      try self.step(event)
    case .sync(let output, let errors):
      try self.crashPoint()
      self.world.disk.change(.partialOutput) { $0.sync(upTo: output) }
      try self.crashPoint()
      self.world.disk.change(.partialErrors) { $0.sync(upTo: errors) }
      try self.step(.synced)
    case .complete(let checkpoint):
      try self.crashPoint()
      let head = self.world.job.finalHead
      self.world.disk.change(.partialOutput) { $0.overwrite(head) }
      try self.crashPoint()
      self.world.disk.change(.partialOutput) { $0.sync(upTo: Int(checkpoint.outputLength)) }
      try self.step(.completed(checkpoint))
    case .commit(let checkpoint, let finalizing):
      try self.crashPoint()
      self.world.checkpoint = checkpoint
      if finalizing { self.world.state = .finalizing }
      try self.crashPoint()
      try self.step(finalizing ? .finalizingRecorded : .checkpointed)
    }
  }

  /// What a driver may deliver twice, or after nobody waits for it any more.
  private static func isAnswer(_ event: JobEvent) -> Bool {
    switch event {
    case .succeeded, .failed: true
    default: false
    }
  }

  private mutating func step(_ event: JobEvent) throws(Crash) {
    var actions: [JobAction] = []
    self.machine.step(event, at: self.now, into: &actions)
    for action in actions {
      try self.crashPoint()
      try self.perform(action)
      try self.crashPoint()
    }
  }

  private mutating func crashPoint() throws(Crash) {
    if self.world.comesToACrash() { throw Crash() }
  }

  private mutating func perform(_ action: JobAction) throws(Crash) {
    switch action {
    case .prepare(let checkpoint): try self.prepare(checkpoint)
    case .read: self.read()
    case .send(let requests): self.send(requests)
    case .discard(let request): #expect(self.answers.removeValue(forKey: request) != nil)
    case .write(let request):
      guard let answer = self.answers.removeValue(forKey: request) else {
        Issue.record("\(request) is written without an answer")
        return
      }
      self.world.disk.change(.partialOutput) { $0.append(answer.output) }
      self.world.disk.change(.partialErrors) { $0.append(answer.errors) }
    case .reject(let request):
      let line = self.world.job.rejection(self.rows(request.part).lowerBound)
      self.world.disk.change(.partialErrors) { $0.append(line) }
    case .release(let chunk): #expect(!self.answers.keys.contains { $0.part.chunk == chunk })
    case .sync:
      self.pending.append(
        .sync(output: self.length(.partialOutput), errors: self.length(.partialErrors)))
    case .checkpoint(let checkpoint): self.pending.append(.commit(checkpoint, finalizing: false))
    case .complete(let checkpoint): self.pending.append(.complete(checkpoint))
    case .recordFinalizing(let checkpoint): self.pending.append(.commit(checkpoint, finalizing: true))
    case .publishErrors(let last):
      guard self.world.disk[.partialErrors] != nil else { return }
      self.world.disk.apply(last.failedRows > 0 ? .rename(.partialErrors, .errors) : .remove(.partialErrors))
    case .publishOutput:
      guard self.world.disk[.partialOutput] != nil else { return }
      self.world.disk.apply(.rename(.partialOutput, .output))
    case .syncDirectory:
      self.world.disk.syncDirectory()
      self.pending.append(.event(.published))
    case .abandonRequests: self.answers.removeAll()
    case .end(let end):
      self.end = end
      if end == .succeeded { self.world.state = .succeeded }
    }
  }

  private mutating func prepare(_ checkpoint: JobCheckpoint) throws(Crash) {
    for (name, length) in [
      (WorldDisk.Name.partialOutput, checkpoint.outputLength), (.partialErrors, checkpoint.errorsLength),
    ] {
      self.world.disk.create(name)
      guard self.length(name) >= Int(length) else {
        self.pending.append(.event(.partialFilesLost))
        return
      }
      self.world.disk.change(name) { $0.truncate(to: Int(length)) }
      try self.crashPoint()
      self.world.disk.change(name) { $0.sync(upTo: Int(length)) }
    }
    self.nextChunk = Int(checkpoint.chunks)
    if checkpoint == .start, !self.world.job.head.isEmpty {
      let head = self.world.job.head
      self.world.disk.change(.partialOutput) { $0.append(head) }
      try self.step(.outputBegun(bytes: UInt64(head.utf8.count)))
    }
    try self.step(.prepared)
  }

  private mutating func read() {
    let job = self.world.job
    if self.nextChunk < job.chunkRows.count {
      self.pending.append(.event(.chunkRead(job.extent(self.nextChunk))))
      self.nextChunk += 1
    } else {
      let rows = job.firstRow(of: job.chunkRows.count)
      self.pending.append(.event(.inputEnded(offset: 10 * rows, line: rows)))
    }
  }

  /// What travels together fails together, and is answered each for itself.
  private mutating func send(_ requests: [ChunkRequest]) {
    self.mostTogether = max(self.mostTogether, requests.count)
    if let failure = self.failure(of: requests) {
      for request in requests {
        let rows = self.rows(request.part)
        let errorBytes = rows.count == 1 ? UInt64(self.world.job.rejection(rows.lowerBound).utf8.count) : 0
        self.pending.append(.event(.failed(request, failure, errorBytes: errorBytes)))
      }
    } else {
      for request in requests { self.answer(request) }
    }
  }

  private mutating func failure(of requests: [ChunkRequest]) -> PartFailure? {
    if self.world.random.chance(oneIn: 8) { return self.world.random.chance(oneIn: 2) ? .transient : .congested }
    for request in requests {
      if let guilty = self.world.job.guilt(in: self.rows(request.part)) { return guilty }
    }
    guard requests.count == 1 else { return self.world.random.chance(oneIn: 6) ? .poison : nil }
    let part = requests[0].part
    guard self.chanceFailures[part.chunk, default: 0] < self.world.chanceFailures, part.rows > 1,
      self.world.random.chance(oneIn: 3)
    else { return nil }
    self.chanceFailures[part.chunk, default: 0] += 1
    return .poison
  }

  private mutating func answer(_ request: ChunkRequest) {
    let job = self.world.job
    let rows = self.rows(request.part)
    let answer = job.answer(rows)
    self.answers[request] = answer
    let failedRows = UInt32(rows.count(where: job.failsQuietly))
    let outcome = PartOutcome(
      predictedRows: request.part.rows - failedRows, failedRows: failedRows,
      outputBytes: UInt64(answer.output.utf8.count), errorBytes: UInt64(answer.errors.utf8.count))
    self.pending.append(.event(.succeeded(request, outcome, RequestTimes())))
  }

  private func rows(_ part: ChunkPart) -> Range<UInt64> {
    let first = self.world.job.firstRow(of: Int(part.chunk))
    return first + UInt64(part.lower)..<first + UInt64(part.upper)
  }

  private func length(_ name: WorldDisk.Name) -> Int { self.world.disk[name]?.bytes.count ?? 0 }
}
