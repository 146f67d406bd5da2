import QueueCore
import Testing

/// A machine in the hands of a test: one event in, its actions out.
struct DrivenJob: ~Copyable {
  var machine: JobMachine
  var milliseconds: UInt64 = 0

  init(_ limits: JobLimits = JobLimits(), from checkpoint: JobCheckpoint = .start, isFinalizing: Bool = false) {
    self.machine = JobMachine(limits: limits, checkpoint: checkpoint, isFinalizing: isFinalizing)
  }

  mutating func on(_ event: JobEvent, after milliseconds: UInt64 = 0) -> [JobAction] {
    self.milliseconds += milliseconds
    var actions: [JobAction] = []
    let now = Instant.zero.advanced(byMilliseconds: self.milliseconds)
    self.machine.step(event, at: now, into: &actions)
    return actions
  }

  var deadlineMilliseconds: UInt64? {
    let deadline = self.machine.nextDeadline
    return deadline == .distantFuture ? nil : deadline.milliseconds(since: .zero)
  }
}

/// `#expect` cannot look into a call on a machine, which is not copyable.
func expectActions(_ found: [JobAction], _ expected: [JobAction], at location: SourceLocation = #_sourceLocation) {
  #expect(found == expected, sourceLocation: location)
}

func chunk(_ number: UInt64, rows: UInt32 = 4, bytes: UInt64 = 40) -> ChunkExtent {
  ChunkExtent(
    rows: rows, payloadBytes: bytes, endOffset: (number + 1) * bytes, endLine: (number + 1) * UInt64(rows))
}

func request(_ chunk: UInt64, _ rows: Range<UInt32> = 0..<4, attempt: UInt32 = 1) -> ChunkRequest {
  ChunkRequest(part: ChunkPart(chunk: chunk, lower: rows.lowerBound, upper: rows.upperBound), attempt: attempt)
}

func good(_ request: ChunkRequest, failedRows: UInt32 = 0) -> JobEvent {
  let predicted = request.part.rows - failedRows
  let outcome = PartOutcome(
    predictedRows: predicted, failedRows: failedRows, outputBytes: UInt64(predicted) * 10,
    errorBytes: UInt64(failedRows) * 7)
  return .succeeded(request, outcome, RequestTimes())
}

func progress(chunks: UInt64, failed: UInt64 = 0, rows: UInt64? = nil) -> JobCheckpoint {
  let rows = rows ?? chunks * 4
  return JobCheckpoint(
    chunks: chunks, lines: chunks * 4, inputOffset: chunks * 40, outputLength: (rows - failed) * 10,
    errorsLength: failed * 7, predictedRows: rows - failed, failedRows: failed)
}

struct JobMachineTests {
  @Test func aJobOfOneChunkGoesFromStartToEnd() {
    var job = DrivenJob()
    let started = job.on(.started)
    #expect(started == [.prepare(.start)])
    let prepared = job.on(.prepared)
    #expect(prepared == [.read])
    let read = job.on(.chunkRead(chunk(0)))
    #expect(read == [.send([request(0)]), .read])
    let ended = job.on(.inputEnded(offset: 40, line: 4))
    #expect(ended == [])
    let answered = job.on(good(request(0)))
    #expect(answered == [.write(request(0)), .release(chunk: 0), .sync])
    let synced = job.on(.synced)
    #expect(synced == [.checkpoint(progress(chunks: 1))])
    let checkpointed = job.on(.checkpointed)
    #expect(checkpointed == [.complete(progress(chunks: 1))])
    let completed = job.on(.completed(progress(chunks: 1)))
    #expect(completed == [.recordFinalizing(progress(chunks: 1))])
    let recorded = job.on(.finalizingRecorded)
    let last = progress(chunks: 1)
    #expect(recorded == [.publishErrors(last), .publishOutput(last), .syncDirectory])
    let published = job.on(.published)
    #expect(published == [.end(.succeeded)])
    let after = job.on(.stopRequested(.cancel))
    #expect(after == [])
  }

  @Test func anEmptyInputMakesAnEmptyOutput() {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    let ended = job.on(.inputEnded(offset: 3, line: 2))
    var last = JobCheckpoint.start
    last.inputOffset = 3
    last.lines = 2
    #expect(ended == [.complete(last)])
    expectActions(job.on(.completed(last)), [.recordFinalizing(last)])
  }

  @Test func whatAnOutputBeginsWithIsCountedAndMadeDurable() {
    var job = DrivenJob()
    _ = job.on(.started)
    expectActions(job.on(.outputBegun(bytes: 12)), [])
    expectActions(job.on(.prepared), [.read])
    var last = JobCheckpoint.start
    last.outputLength = 12
    expectActions(job.on(.inputEnded(offset: 0, line: 0)), [.sync])
    expectActions(job.on(.synced), [.checkpoint(last)])
    expectActions(job.on(.checkpointed), [.complete(last)])
  }

  @Test func whatTheFilesHoldAfterTheLastTouchIsRecorded() {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    expectActions(job.on(.inputEnded(offset: 0, line: 0)), [.complete(.start)])
    expectActions(
      job.on(.completed(progress(chunks: 3, failed: 1))), [.recordFinalizing(progress(chunks: 3, failed: 1))])
    let recorded = job.on(.finalizingRecorded)
    #expect(recorded.first == .publishErrors(progress(chunks: 3, failed: 1)))
  }

  @Test func aStopBeforeTheEndIsRecordedEndsAtOnce() {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    _ = job.on(.inputEnded(offset: 0, line: 0))
    expectActions(job.on(.stopRequested(.cancel)), [.end(.stopped(.cancel))])
    expectActions(job.on(.completed(.start)), [])
  }

  @Test func chunksAreWrittenInOrderWhateverTheOrderOfTheAnswers() {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    for number in 0..<3 { _ = job.on(.chunkRead(chunk(UInt64(number)))) }
    let third = job.on(good(request(2)))
    #expect(third == [])
    let second = job.on(good(request(1)))
    #expect(second == [])
    let first = job.on(good(request(0)))
    #expect(
      first == [
        .write(request(0)), .release(chunk: 0), .write(request(1)), .release(chunk: 1), .write(request(2)),
        .release(chunk: 2),
      ])
    #expect(job.machine.written == progress(chunks: 3))
  }

  @Test func noMoreIsReadThanTheWindowTakes() {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    for number in 0..<3 {
      let read = job.on(.chunkRead(chunk(UInt64(number))))
      #expect(read.last == .read)
    }
    let fourth = job.on(.chunkRead(chunk(3)))
    #expect(fourth == [.send([request(3)])])
    let answered = job.on(good(request(2)))
    #expect(answered == [.read])
  }

  @Test func noMoreIsReadThanMemoryAllowsButAlwaysOneChunk() {
    var limits = JobLimits()
    limits.heldBytes = 100
    var job = DrivenJob(limits)
    _ = job.on(.started)
    _ = job.on(.prepared)
    let huge = job.on(.chunkRead(chunk(0, bytes: 1000)))
    #expect(huge == [.send([request(0)])])
    let answered = job.on(good(request(0)))
    #expect(answered == [.write(request(0)), .release(chunk: 0), .read])
  }

  @Test func aTransientFailureIsTriedAgainForEverWithGrowingWaits() {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    _ = job.on(.chunkRead(chunk(0)))
    var waits: [UInt64] = []
    for attempt in 1...10 {
      let failed = job.on(.failed(request(0, attempt: UInt32(attempt)), .transient, errorBytes: 0))
      #expect(failed == [])
      let wait = (job.deadlineMilliseconds ?? 0) - job.milliseconds
      waits.append(wait)
      let early = job.on(.deadlinePassed, after: wait - 1)
      #expect(early == [])
      let due = job.on(.deadlinePassed, after: 1)
      #expect(due == [.send([request(0, attempt: UInt32(attempt) + 1)])])
    }
    #expect(waits == [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
  }

  @Test func anAnswerToAnEarlierSendingIsDropped() {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    _ = job.on(.chunkRead(chunk(0)))
    _ = job.on(.failed(request(0), .transient, errorBytes: 0))
    _ = job.on(.deadlinePassed, after: 50)
    let late = job.on(good(request(0)))
    #expect(late == [])
    let repeated = job.on(.failed(request(0), .fatal, errorBytes: 0))
    #expect(repeated == [])
    let unknown = job.on(good(request(77)))
    #expect(unknown == [])
    let current = job.on(good(request(0, attempt: 2)))
    #expect(current == [.write(request(0, attempt: 2)), .release(chunk: 0)])
  }

  @Test func aFatalFailureEndsTheJobAfterWhatIsWrittenIsDurable() {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    _ = job.on(.chunkRead(chunk(0)))
    _ = job.on(.chunkRead(chunk(1)))
    _ = job.on(.chunkRead(chunk(2)))
    _ = job.on(good(request(0)))
    let failed = job.on(.failed(request(1), .fatal, errorBytes: 0))
    #expect(failed == [.abandonRequests, .sync])
    _ = job.on(.synced)
    let checkpointed = job.on(.checkpointed)
    #expect(checkpointed == [.end(.refused(request(1)))])
  }
}
