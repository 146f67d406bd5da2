import Inference
import QueueCore
import Testing

@testable import worker

/// Engine calls seen, and stopped, from another thread.
@Suite struct ComputeProgressTests {
  private let progress = ComputeProgress(
    threads: 2, limits: ComputeProgress.Limits(callNanoseconds: 1_000_000_000, graceNanoseconds: 500_000_000))
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
    let patient = ComputeProgress(threads: 1)
    patient.callBegins(thread: 0, control: self.control, for: [self.ticket(1)])
    #expect(patient.stopOverdue(at: self.after(0)) == nil)
    #expect(patient.nextLook(at: self.after(0)) == .distantFuture)
    #expect(!self.control.isCancelled)
  }
}
