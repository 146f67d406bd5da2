import Foundation
import QueueCore
import Testing

@Suite struct EmpiricalBernsteinTests {
  private static let numbers = (0..<1000).map { Double(($0 * 37) % 101) / 101 * 0.4 + 0.1 }

  /// Computed with NumPy from the paper's formulas, on whole arrays.
  @Test(arguments: [
    (10, 0.0, 1.0), (100, 0.2178413693082262, 0.3770893237610812), (1000, 0.28476651194491404, 0.31120366685500006),
  ])
  func theIntervalIsThatOfThePaper(count: Int, low: Double, high: Double) {
    var sequence = EmpiricalBernsteinSequence(alpha: 0.05)
    for number in Self.numbers.prefix(count) { sequence.add(number) }
    #expect(isClose(sequence.interval.low, low))
    #expect(isClose(sequence.interval.high, high))
    #expect(sequence.count == UInt64(count))
  }

  @Test func nothingIsKnownWithoutObservations() {
    #expect(EmpiricalBernsteinSequence(alpha: 0.05).interval == Interval(low: 0, high: 1))
    #expect(EmpiricalBernsteinSequence(alpha: 0.05).mean == nil)
  }

  @Test func observationsWithoutSpreadGiveANarrowInterval() {
    for value in [0.0, 0.25, 1.0] {
      var sequence = EmpiricalBernsteinSequence(alpha: 0.05)
      for _ in 0..<10_000 { sequence.add(value) }
      #expect(sequence.interval.contains(value))
      #expect(sequence.interval.width < 0.005)
    }
  }

  private enum Shape: CaseIterable {
    case rare, even, narrow, steep

    var mean: Double {
      switch self {
      case .rare: 0.01
      case .even: 0.5
      case .narrow: 0.3
      case .steep: 0.2
      }
    }

    func draw(_ trials: inout Trials) -> Double {
      switch self {
      case .rare: trials.happens(0.01) ? 1 : 0
      case .even: trials.uniform()
      case .narrow: 0.28 + 0.04 * trials.uniform()
      // The mean of the fourth power of a uniform number is one fifth.
      case .steep:
        { $0 * $0 * $0 * $0 }(trials.uniform())
      }
    }
  }

  @Test func theMeanIsEverLeftOutInAtMostAlphaOfAllRuns() {
    let runs = 400
    for shape in Shape.allCases {
      var trials = Trials(seed: 3)
      var missed = 0
      for _ in 0..<runs {
        var sequence = EmpiricalBernsteinSequence(alpha: 0.05)
        for _ in 0..<1000 {
          sequence.add(shape.draw(&trials))
          if !sequence.interval.contains(shape.mean) {
            missed += 1
            break
          }
        }
      }
      #expect(Double(missed) <= 0.05 * Double(runs), "\(shape): missed \(missed) of \(runs)")
    }
  }

  /// What it is for: a small spread makes it narrow, whatever the bound.
  @Test func theIntervalFollowsTheSpread() {
    var trials = Trials(seed: 4)
    var narrow = EmpiricalBernsteinSequence(alpha: 0.05)
    var even = EmpiricalBernsteinSequence(alpha: 0.05)
    for _ in 0..<5000 {
      narrow.add(Shape.narrow.draw(&trials))
      even.add(Shape.even.draw(&trials))
    }
    #expect(narrow.interval.width < 0.2 * even.interval.width)
  }

  @Test func itGoesOnFromItsStoredState() throws {
    var whole = EmpiricalBernsteinSequence(alpha: 0.05)
    for number in Self.numbers { whole.add(number) }
    var first = EmpiricalBernsteinSequence(alpha: 0.05)
    for number in Self.numbers.prefix(333) { first.add(number) }
    let data = try JSONEncoder().encode(first)
    var rest = try JSONDecoder().decode(EmpiricalBernsteinSequence.self, from: data)
    for number in Self.numbers.dropFirst(333) { rest.add(number) }
    #expect(rest == whole)
  }

  @Test(arguments: [
    #"{"alpha":0,"count":1,"sum":0,"squaredErrors":0,"weightSum":1,"weightedSum":0,"variancePenalty":0}"#,
    #"{"alpha":0.05,"count":1,"sum":2,"squaredErrors":0,"weightSum":1,"weightedSum":0,"variancePenalty":0}"#,
    #"{"alpha":0.05,"count":1,"sum":0,"squaredErrors":0,"weightSum":0,"weightedSum":0,"variancePenalty":0}"#,
    #"{"alpha":0.05,"count":1,"sum":0,"squaredErrors":0,"weightSum":0.5,"weightedSum":0.6,"variancePenalty":0}"#,
  ])
  func aStateThatNoSequenceHasIsRefused(text: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(EmpiricalBernsteinSequence.self, from: Data(text.utf8))
    }
  }

  @Test func lossesAreReckonedInUnitsOfTheirBound() {
    var loss = BoundedLoss(bound: 20, alpha: 0.05)
    var sequence = EmpiricalBernsteinSequence(alpha: 0.05)
    for number in Self.numbers {
      loss.add(number * 20)
      sequence.add(number)
    }
    #expect(isClose(loss.interval.low, sequence.interval.low * 20))
    #expect(isClose(loss.interval.high, sequence.interval.high * 20))
    #expect(loss.clipped == 0)
    loss.add(20.5)
    loss.add(.infinity)
    #expect(loss.clipped == 2)
    #expect(loss.interval.high <= 20)
  }
}
