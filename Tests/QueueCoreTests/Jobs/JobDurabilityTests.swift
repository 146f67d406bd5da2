import QueueCore
import Testing

struct JobDurabilityTests {
  /// A job with so many chunks on the way.
  private func running(_ chunks: UInt64) -> DrivenJob {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    for number in 0..<chunks { _ = job.on(.chunkRead(chunk(number))) }
    return job
  }

  @Test func whatIsWrittenIsSyncedWhenTheTimeHasCome() {
    var job = self.running(3)
    #expect(job.deadlineMilliseconds == nil)
    _ = job.on(good(request(0)), after: 10)
    #expect(job.deadlineMilliseconds == 200)
    let due = job.on(.deadlinePassed, after: 190)
    #expect(due == [.sync])
    #expect(job.deadlineMilliseconds == nil)
  }

  @Test func whatIsWrittenIsSyncedWhenItIsMuch() {
    var limits = JobLimits()
    limits.syncBytes = 70
    var job = DrivenJob(limits)
    _ = job.on(.started)
    _ = job.on(.prepared)
    _ = job.on(.chunkRead(chunk(0)))
    _ = job.on(.chunkRead(chunk(1)))
    let first = job.on(good(request(0)))
    #expect(!first.contains(.sync))
    let second = job.on(good(request(1)))
    #expect(second.contains(.sync))
  }

  @Test func aCheckpointCountsOnlyWhatWasWrittenBeforeItsSync() {
    var job = self.running(3)
    _ = job.on(good(request(0)))
    let due = job.on(.deadlinePassed, after: 200)
    #expect(due == [.sync])
    let meanwhile = job.on(good(request(1)), after: 500)
    #expect(meanwhile == [.write(request(1)), .release(chunk: 1)])
    let synced = job.on(.synced)
    #expect(synced == [.checkpoint(progress(chunks: 1))])
    let checkpointed = job.on(.checkpointed)
    #expect(checkpointed == [.sync])
  }

  @Test func aJobGoesOnFromItsCheckpoint() {
    var job = DrivenJob(from: progress(chunks: 5, failed: 2))
    let started = job.on(.started)
    #expect(started == [.prepare(progress(chunks: 5, failed: 2))])
    _ = job.on(.prepared)
    let read = job.on(.chunkRead(chunk(5)))
    #expect(read.first == .send([request(5)]))
    _ = job.on(good(request(5), failedRows: 1))
    #expect(job.machine.written == progress(chunks: 6, failed: 3))
  }

  @Test func aJobWhoseFilesAreGoneForgetsItsCheckpointFirstAndStartsAgain() {
    var job = DrivenJob(from: progress(chunks: 5))
    _ = job.on(.started)
    let lost = job.on(.partialFilesLost)
    #expect(lost == [.checkpoint(.start)])
    let forgotten = job.on(.checkpointed)
    #expect(forgotten == [.prepare(.start)])
    _ = job.on(.prepared)
    let read = job.on(.chunkRead(chunk(0)))
    #expect(read.first == .send([request(0)]))
  }

  @Test func aJobThatWasFinalizingOnlyPublishes() {
    let last = progress(chunks: 5)
    var job = DrivenJob(from: last, isFinalizing: true)
    let started = job.on(.started)
    #expect(started == [.publishErrors(last), .publishOutput(last), .syncDirectory])
    let tooLate = job.on(.stopRequested(.cancel))
    #expect(tooLate == [])
    let published = job.on(.published)
    #expect(published == [.end(.succeeded)])
  }

  @Test func aStopMakesDurableWhatIsWrittenAndGivesUpTheRest() {
    var job = self.running(4)
    _ = job.on(good(request(0)))
    _ = job.on(good(request(2)))
    let stopped = job.on(.stopRequested(.shutdown))
    #expect(stopped == [.abandonRequests, .sync])
    let late = job.on(good(request(1)))
    #expect(late == [])
    let synced = job.on(.synced)
    #expect(synced == [.checkpoint(progress(chunks: 1))])
    let checkpointed = job.on(.checkpointed)
    #expect(checkpointed == [.end(.stopped(.shutdown))])
  }

  @Test func aStopWaitsForTheSyncThatIsUnderWay() {
    var job = self.running(4)
    _ = job.on(good(request(0)))
    _ = job.on(.deadlinePassed, after: 200)
    _ = job.on(good(request(1)))
    let stopped = job.on(.stopRequested(.cancel))
    #expect(stopped == [.abandonRequests])
    let synced = job.on(.synced)
    #expect(synced == [.checkpoint(progress(chunks: 1))])
    let again = job.on(.checkpointed)
    #expect(again == [.sync])
    _ = job.on(.synced)
    let ended = job.on(.checkpointed)
    #expect(ended == [.end(.stopped(.cancel))])
  }

  @Test(arguments: [JobEvent.started, .prepared])
  func aStopBeforeAnythingIsWrittenEndsAtOnce(last: JobEvent) {
    var job = DrivenJob()
    _ = job.on(.started)
    if last == .prepared { _ = job.on(.prepared) }
    let stopped = job.on(.stopRequested(.cancel))
    #expect(stopped == [.end(.stopped(.cancel))])
  }

  @Test(arguments: [JobBreakage.noSpace, .input, .artifact, .output, .store])
  func aBreakageEndsAtOnceWithoutASync(breakage: JobBreakage) {
    var job = self.running(3)
    _ = job.on(good(request(0)))
    let broken = job.on(.broken(breakage))
    #expect(broken == [.abandonRequests, .end(.broken(breakage))])
    let late = job.on(.chunkRead(chunk(3)))
    #expect(late == [])
  }
}
