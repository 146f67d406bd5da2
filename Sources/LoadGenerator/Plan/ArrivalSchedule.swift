public import QueueCore
import RealModule

/// When the requests of an open loop are due: a sequence of instants that nothing but rate and seed decides.
public struct ArrivalSchedule: Sendable {
  /// When the next request is due.
  public private(set) var next: Instant

  private let start: Instant
  private let interval: Double
  private let arrivals: LoadPlan.Arrivals
  private var random: SplitMix64
  /// Requests before the next one.
  private var index: UInt64 = 0
  /// Nanoseconds from the start to the next one.
  private var offset = 0.0

  /// Begins a schedule of `perSecond` requests a second, more than 0. The first is due at the start, or, with random
  /// distances, one of them later.
  public init(perSecond: Double, arrivals: LoadPlan.Arrivals, seed: UInt64, start: Instant) {
    precondition(perSecond > 0, "a schedule needs a rate")
    self.start = start
    self.next = start
    self.interval = 1e9 / perSecond
    self.arrivals = arrivals
    self.random = SplitMix64(seed: seed)
    if arrivals == .poisson { self.advance() }
  }

  /// Goes on to the request after the next one.
  public mutating func advance() {
    switch self.arrivals {
    case .fixed:
      // Multiplied anew each time, so that rounding never adds up.
      self.index += 1
      self.offset = Double(self.index) * self.interval
    case .poisson:
      self.offset -= Double.log(1 - Double.random(in: 0..<1, using: &self.random)) * self.interval
    }
    self.next = self.offset < 1.8e19 ? self.start.advanced(byNanoseconds: UInt64(self.offset)) : .distantFuture
  }
}
