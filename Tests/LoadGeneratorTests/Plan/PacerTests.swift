import QueueCore
import Testing

@testable import LoadGenerator

@Suite struct PacerTests {
  private static let start = Instant(nanoseconds: 5_000_000_000)

  private static func open(
    _ perSecond: Double, _ arrivals: LoadPlan.Arrivals = .fixed, warmUp: UInt64 = 0, seconds: Double = 1,
    seed: UInt64 = 1
  ) -> LoadPlan {
    LoadPlan(
      pacing: .open(perSecond: perSecond, arrivals: arrivals), warmUp: warmUp, duration: UInt64(seconds * 1e9),
      seed: seed)
  }

  /// Everything that a pacer gives out if it is asked whenever it has something.
  private static func dues(_ plan: LoadPlan) -> [Instant] {
    var pacer = LoadPacer(plan, from: Self.start)
    var dues: [Instant] = []
    while pacer.nextDue < .distantFuture, let due = pacer.take(at: pacer.nextDue) { dues.append(due) }
    return dues
  }

  @Test("Fixed arrivals are at multiples of the interval, without drift, warm-up included")
  func fixedArrivals() {
    let dues = Self.dues(Self.open(3000, warmUp: 1_000_000_000, seconds: 2))
    #expect(dues.count == 9000)
    for (index, due) in dues.enumerated() {
      let exact = Double(index) * 1e9 / 3000
      #expect(abs(Double(due.nanoseconds - Self.start.nanoseconds) - exact) <= 1)
    }
  }

  @Test("Poisson arrivals: mean and variance of the distances are those of an exponential, and the seed decides all")
  func poissonArrivals() {
    let dues = Self.dues(Self.open(10_000, .poisson, seconds: 10, seed: 7))
    let gaps = zip(dues, dues.dropFirst()).map { Double($1.nanoseconds - $0.nanoseconds) / 100_000 }
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
    #expect(abs(mean - 1) < 0.02 && abs(variance - 1) < 0.05, "mean \(mean), variance \(variance)")
    #expect(dues == Self.dues(Self.open(10_000, .poisson, seconds: 10, seed: 7)))
    #expect(dues != Self.dues(Self.open(10_000, .poisson, seconds: 10, seed: 8)))
  }

  @Test("What is overdue is given out at once, each with the moment it was due")
  func overdue() {
    var pacer = LoadPacer(Self.open(1000), from: Self.start)
    let late = Self.start.advanced(byMilliseconds: 100)
    var dues: [Instant] = []
    while let due = pacer.take(at: late) { dues.append(due) }
    #expect(dues.count == 101)
    #expect(dues.first == Self.start && dues.last == late)
    #expect(pacer.nextDue > late)
  }

  @Test("After its time nothing goes out; what was due within and never went is counted, warm-up left out")
  func unsent() {
    var pacer = LoadPacer(Self.open(1000, warmUp: 500_000_000), from: Self.start)
    let middle = Self.start.advanced(byMilliseconds: 1000)
    while pacer.take(at: middle) != nil {}
    let end = Self.start.advanced(byMilliseconds: 1502)
    #expect(!pacer.isOver(at: middle) && pacer.isOver(at: end))
    #expect(pacer.take(at: end) == nil)
    #expect(pacer.takeUnsent() == 499)
    #expect(pacer.takeUnsent() == 0)

    var punctual = LoadPacer(Self.open(1000), from: Self.start)
    while punctual.take(at: Self.start.advanced(byMilliseconds: 998)) != nil {}
    let justAfter = Self.start.advanced(byMicroseconds: 1_000_010)
    #expect(!punctual.isOver(at: justAfter))
    #expect(punctual.take(at: justAfter) == Self.start.advanced(byMilliseconds: 999), "due just before the end")
    #expect(punctual.isOver(at: justAfter) && punctual.takeUnsent() == 0)

    var idle = LoadPacer(Self.open(1000, warmUp: 500_000_000), from: Self.start)
    #expect(idle.takeUnsent() == 1000)
  }

  @Test("A closed loop has so many requests under way, and the next is due when one ends")
  func closedLoop() {
    var pacer = LoadPacer(LoadPlan(pacing: .closed(outstanding: 3), duration: 1_000_000_000), from: Self.start)
    #expect((0..<5).map { _ in pacer.take(at: Self.start) != nil } == [true, true, true, false, false])
    #expect(pacer.nextDue == .distantFuture)
    pacer.ended()
    let later = Self.start.advanced(byMilliseconds: 10)
    #expect(pacer.nextDue <= later)
    #expect(pacer.take(at: later) == later)
    #expect(pacer.take(at: later) == nil)
    pacer.ended()
    #expect(pacer.take(at: Self.start.advanced(byMilliseconds: 1000)) == nil, "its time is over")
    #expect(pacer.takeUnsent() == 0)
  }
}
