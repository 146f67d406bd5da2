import Inference
import QueueCore
import Synchronization
import Testing
import ZeroMQ

@testable import worker

/// A thread's times as a test sets them.
private final class FakeTimes: ThreadTimes {
  private let state = Mutex(ThreadReading(ran: 0, waited: 0, isRunnable: true))

  func set(ran: UInt64, waited: UInt64, isRunnable: Bool = true) {
    self.state.withLock { $0 = ThreadReading(ran: ran, waited: waited, isRunnable: isRunnable) }
  }

  func reading() -> ThreadReading? { self.state.withLock { $0 } }
  func waited() -> UInt64? { self.state.withLock { $0.waited } }
}

/// Engine calls seen, and stopped, from another thread.
@Suite struct ComputeProgressTests {
  private static let limits = ComputeProgress.Limits(
    callNanoseconds: 1_000_000_000, graceNanoseconds: 500_000_000)
  private let progress = ComputeProgress(threads: 2, limits: Self.limits, timesOfThisThread: { nil })
  private let control = RunControl()

  private func ticket(_ number: UInt64) -> WorkerSession.Ticket {
    WorkerSession.Ticket(work: WorkID(number), attempt: 1, epoch: 1)
  }

  private func after(_ milliseconds: UInt64) -> Instant {
    // The progress reads the clock itself: a test's times are far from now.
    Instant(nanoseconds: .max / 2).advanced(byMilliseconds: milliseconds)
  }

  @Test func aCallWithinItsTimeIsLeftAlone() {
    let now = Instant(nanoseconds: 0)
    self.progress.callBegins(thread: 0, control: self.control, for: [self.ticket(1)])
    #expect(self.progress.stopOverdue(at: now) == nil)
    #expect(!self.control.isCancelled)
    #expect(self.progress.callEnds(thread: 0) == nil)
  }

  @Test func aCallBeyondItsTimeIsStoppedAndOneThatGoesOnBeyondTheGraceIsTold() {
    self.progress.callBegins(thread: 1, control: self.control, for: [self.ticket(1)])
    #expect(self.progress.stopOverdue(at: self.after(0)) == nil)
    #expect(self.control.isCancelled)
    #expect(self.progress.stopOverdue(at: self.after(499)) == nil)
    #expect(self.progress.nextLook(at: self.after(499)) == self.after(500))
    #expect(self.progress.stopOverdue(at: self.after(500)) != nil)
    #expect(self.progress.callEnds(thread: 1) == .timedOut(limitNanoseconds: 1_000_000_000))
    #expect(self.progress.stopOverdue(at: self.after(500)) == nil)
  }

  @Test func aCallIsStoppedOnceNobodyWaitsForAnyOfIt() {
    self.progress.callBegins(thread: 0, control: self.control, for: [self.ticket(1), self.ticket(2)])
    self.progress.giveUp(self.ticket(1))
    self.progress.giveUp(self.ticket(3))
    #expect(!self.control.isCancelled)
    self.progress.giveUp(self.ticket(2))
    #expect(self.control.isCancelled)
    #expect(self.progress.callEnds(thread: 0) == .givenUp)
  }

  @Test func whoGaveACallUpStillWaitsForItsWholeTimeBeforeItCountsAsHung() {
    self.progress.callBegins(thread: 0, control: self.control, for: [self.ticket(1)])
    self.progress.giveUp(self.ticket(1))
    #expect(self.progress.stopOverdue(at: self.after(0)) == nil)
    #expect(self.progress.stopOverdue(at: self.after(500)) != nil)
    #expect(self.progress.callEnds(thread: 0) == .givenUp)
  }

  @Test func noCallThatBeginsLaterIsDueBeforeTheNextLook() {
    #expect(self.progress.nextLook(at: self.after(0)) == self.after(1000))
    self.progress.callBegins(thread: 0, control: self.control, for: [])
    #expect(self.progress.nextLook(at: self.after(0)) < self.after(0), "the call that goes on is due before")
  }

  @Test func withoutALimitNothingIsEverDue() {
    let patient = ComputeProgress(threads: 1, timesOfThisThread: { nil })
    patient.callBegins(thread: 0, control: self.control, for: [self.ticket(1)])
    #expect(patient.stopOverdue(at: self.after(0)) == nil)
    #expect(patient.nextLook(at: self.after(0)) == .distantFuture)
    #expect(!self.control.isCancelled)
  }

  @Test func whatTheThreadWaitsForAProcessorDoesNotCount() {
    let times = FakeTimes()
    let progress = ComputeProgress(threads: 1, limits: Self.limits, timesOfThisThread: { times })
    // What it waited before the call is not the call's.
    times.set(ran: 0, waited: 7_000_000_000)
    let began = MonotonicClock.nanoseconds
    progress.callBegins(thread: 0, control: self.control, for: [self.ticket(1)])
    // Up to a second later than `began`, since the progress reads the clock itself.
    func at(_ milliseconds: UInt64) -> Instant { Instant(nanoseconds: began).advanced(byMilliseconds: milliseconds) }

    #expect(progress.stopOverdue(at: at(60_000)) == nil)
    #expect(!self.control.isCancelled, "it may have waited ever since")
    #expect(progress.nextLook(at: at(60_000)) == at(60_050))
    times.set(ran: 30_000_000, waited: 66_500_000_000)
    #expect(progress.stopOverdue(at: at(60_050)) == nil)
    #expect(!self.control.isCancelled, "but for half a second it has waited")
    #expect(progress.nextLook(at: at(60_050)) > at(60_500))
    times.set(ran: 30_000_000, waited: 66_500_000_000, isRunnable: false)
    #expect(progress.stopOverdue(at: at(61_600)) == nil)
    #expect(self.control.isCancelled, "it has slept for the rest of its second")

    // Whoever is stopped must have a processor to notice it.
    times.set(ran: 30_000_000, waited: 66_500_000_000)
    #expect(progress.stopOverdue(at: at(63_000)) == nil)
    times.set(ran: 31_000_000, waited: 67_900_000_000, isRunnable: false)
    #expect(progress.stopOverdue(at: at(63_050)) == nil)
    #expect(progress.stopOverdue(at: at(64_000)) != nil)
  }
}
