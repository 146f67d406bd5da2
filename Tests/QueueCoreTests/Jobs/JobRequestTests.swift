import QueueCore
import Testing

/// Chunks that travel in one request.
struct JobRequestTests {
  /// A job whose requests have two chunks by now: the first chunk is written, the second and third wait for a fourth.
  private func job(_ limits: JobLimits = JobLimits()) -> DrivenJob {
    var job = DrivenJob(limits)
    _ = job.on(.started)
    _ = job.on(.prepared)
    expectActions(job.on(.chunkRead(chunk(0))), [.send([request(0)]), .read])
    expectActions(job.on(good(request(0)), after: 1), [.write(request(0)), .release(chunk: 0)])
    expectActions(job.on(.chunkRead(chunk(1))), [.read])
    return job
  }

  @Test func aRequestWaitsForAllOfItsChunks() {
    var job = self.job()
    expectActions(job.on(.chunkRead(chunk(2))), [.send([request(1), request(2)]), .read])
    #expect(job.machine.requestsOut == 1)
    expectActions(job.on(good(request(2)), after: 1), [])
    #expect(job.machine.requestsOut == 1)
    expectActions(
      job.on(good(request(1))),
      [.write(request(1)), .release(chunk: 1), .write(request(2)), .release(chunk: 2)])
    #expect(job.machine.requestsOut == 0)
  }

  @Test func whatWaitsForOthersToBeReadIsNoReasonToWakeUp() {
    let job = self.job()
    let deadline = job.deadlineMilliseconds
    #expect(deadline == JobLimits().syncMilliseconds, "the next sync is the first thing that is due")
  }

  @Test func theLastRequestHasWhatIsLeft() {
    var job = self.job()
    expectActions(job.on(.inputEnded(offset: 80, line: 8)), [.send([request(1)])])
  }

  @Test(arguments: [(rows: 7, bytes: 1000), (rows: 100, bytes: 79)])
  func aRequestHasNoMoreRowsOrBytesThanItMay(rows: Int, bytes: UInt64) {
    var limits = JobLimits()
    limits.requestRows = rows
    limits.requestBytes = bytes
    var job = DrivenJob(limits)
    _ = job.on(.started)
    _ = job.on(.prepared)
    _ = job.on(.chunkRead(chunk(0)))
    _ = job.on(good(request(0)), after: 1)
    expectActions(job.on(.chunkRead(chunk(1))), [.send([request(1)]), .read])
  }

  @Test func chunksThatDifferInSizeFillARequestAsFarAsTheyFit() {
    var limits = JobLimits()
    limits.requestRows = 10
    var job = self.job(limits)
    let sent = job.on(.chunkRead(ChunkExtent(rows: 9, payloadBytes: 40, endOffset: 120, endLine: 17)))
    #expect(sent == [.send([request(1)]), .send([request(2, 0..<9)]), .read])
  }

  @Test(arguments: [PartFailure.poison, .fault, .refused])
  func whatFailsAmongOthersIsSentAloneAndNotHeldAgainstItsRows(failure: PartFailure) {
    var job = self.job()
    _ = job.on(.chunkRead(chunk(2)))
    _ = job.on(.inputEnded(offset: 120, line: 12))
    expectActions(job.on(.failed(request(1), failure, errorBytes: 0)), [.send([request(1, attempt: 2)])])
    expectActions(job.on(.failed(request(2), failure, errorBytes: 0)), [.send([request(2, attempt: 2)])])
    // As if it had not been sent before: a chunk is divided when it fails alone, a fault when it does so twice.
    let again = job.on(.failed(request(1, attempt: 2), failure, errorBytes: 0))
    if failure == .fault {
      #expect(again == [])
    } else {
      #expect(again == [0, 1, 2].map { .send([request(1, $0..<$0 + 1, attempt: 3 + $0)]) })
    }
  }

  @Test func whatCannotBeServedNowMayTravelTogetherAgain() {
    var job = self.job()
    _ = job.on(.chunkRead(chunk(2)))
    _ = job.on(.inputEnded(offset: 120, line: 12))
    for number in 1...2 {
      expectActions(job.on(.failed(request(UInt64(number)), .transient, errorBytes: 0)), [])
    }
    expectActions(job.on(.deadlinePassed, after: 60), [.send([request(1, attempt: 2), request(2, attempt: 2)])])
  }

  @Test func slowRowsTravelAlone() {
    var job = DrivenJob()
    _ = job.on(.started)
    _ = job.on(.prepared)
    for number in 0..<2 { _ = job.on(.chunkRead(chunk(UInt64(number)))) }
    let outcome = PartOutcome(predictedRows: 4, failedRows: 0, outputBytes: 40, errorBytes: 0)
    let times = RequestTimes(computeMicroseconds: 25_600_000)
    _ = job.on(.succeeded(request(0), outcome, times), after: 25_600)
    expectActions(job.on(.chunkRead(chunk(2))), [.send([request(2)]), .read])
  }
}
