import Testing

@testable import QueueCore

/// A worker that does one thing after the other, each in so many microseconds, for as long as there is something.
private struct SerialWorker {
  var limit: CreditLimit
  /// When each of the requests in it came.
  var inside: [UInt64] = []
  var now: UInt64 = 0

  init(credit: Int) {
    self.limit = CreditLimit(credit: credit)
    self.inside = [UInt64](repeating: 0, count: credit)
  }

  /// So many engine calls of up to `batch` requests each, with more waiting than the worker may have.
  mutating func work(calls: Int, batch: Int = 1, eachMicroseconds: UInt64, pauseMicroseconds: UInt64 = 0) {
    for _ in 0..<calls {
      self.now += pauseMicroseconds
      let taken = self.inside.prefix(batch)
      let began = self.now
      self.now += eachMicroseconds
      for (place, came) in taken.enumerated() {
        self.limit.resultReceived(
          queueMicroseconds: UInt32(began - came), computeMicroseconds: UInt32(eachMicroseconds),
          outstanding: self.inside.count - place, at: Instant(nanoseconds: self.now * 1000))
      }
      self.inside.removeFirst(taken.count)
      while self.inside.count < self.limit.requests { self.inside.append(self.now) }
    }
  }
}

struct CreditLimitTests {
  @Test func aSlowWorkerHasNoMoreThanKeepsItBusy() {
    var worker = SerialWorker(credit: 128)
    worker.work(calls: 1000, eachMicroseconds: 2_000)
    #expect(worker.limit.requests == 4)
    worker.work(calls: 1000, eachMicroseconds: 100_000)
    #expect(worker.limit.requests == 4)
  }

  @Test func aFastWorkerUsesAllOfItsCredit() {
    var worker = SerialWorker(credit: 128)
    worker.work(calls: 10_000, eachMicroseconds: 10)
    #expect(worker.limit.requests == 128)
  }

  @Test func aWorkerThatBatchesGetsBatchesThatAreFull() {
    var worker = SerialWorker(credit: 256)
    worker.work(calls: 500, batch: 64, eachMicroseconds: 50_000)
    #expect(worker.limit.requests >= 128)
  }

  @Test func aWorkerThatDoesOtherThingsInBetweenIsNotGivenLessAndLess() {
    var worker = SerialWorker(credit: 128)
    worker.work(calls: 500, batch: 64, eachMicroseconds: 200, pauseMicroseconds: 20_000)
    #expect(worker.limit.requests == 128)
  }

  @Test func aWorkerThatTakesLessAtOnceThanBeforeHasLess() {
    var worker = SerialWorker(credit: 256)
    worker.work(calls: 100, batch: 64, eachMicroseconds: 50_000)
    worker.work(calls: 500, eachMicroseconds: 50_000)
    #expect(worker.limit.requests == 4)
  }

  @Test func aWorkerThatBecomesFasterGetsMore() {
    var worker = SerialWorker(credit: 128)
    worker.work(calls: 500, eachMicroseconds: 20_000)
    #expect(worker.limit.requests <= 4)
    worker.work(calls: 2_000, eachMicroseconds: 10)
    #expect(worker.limit.requests >= 90)
  }

  @Test func aLimitIsNotBelowWhatIsGrantedNorAboveIt() {
    for credit in [0, 1, 2] {
      var limit = CreditLimit(credit: credit)
      for outstanding in [0, 1, 2, 5] {
        for (queued, computed) in [(.max, .max), (.max, 0), (0, 0)] as [(UInt32, UInt32)] {
          limit.resultReceived(
            queueMicroseconds: queued, computeMicroseconds: computed, outstanding: outstanding, at: .zero)
        }
      }
      #expect(limit.requests == credit)
    }
  }
}
