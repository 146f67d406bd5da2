/// The mean of losses that a bound is known for: an ``EmpiricalBernsteinSequence`` in units of the bound.
///
/// A loss above the bound breaks the assumption. It is taken for the bound and counted; what the interval then holds is
/// the mean of the losses so cut off.
public struct BoundedLoss: Hashable, Sendable {
  /// The greatest loss.
  public let bound: Double
  /// Losses that were above it.
  public private(set) var clipped: UInt64 = 0
  private var sequence: EmpiricalBernsteinSequence

  /// Knows nothing yet. `bound` must be positive and finite, `alpha` between 0 and 1.
  public init(bound: Double, alpha: Double) {
    precondition(bound > 0 && bound.isFinite, "A bound must be positive and finite, not \(bound)")
    self.bound = bound
    self.sequence = EmpiricalBernsteinSequence(alpha: alpha)
  }

  /// Losses so far.
  public var count: UInt64 { self.sequence.count }

  /// The error probability of the interval.
  public var alpha: Double { self.sequence.alpha }

  /// The mean loss; nil without losses.
  public var mean: Double? { self.sequence.mean.map { $0 * self.bound } }

  /// Where the mean lies.
  public var interval: Interval { self.sequence.interval * self.bound }

  /// Takes in the next loss, which must not be negative or NaN.
  public mutating func add(_ loss: Double) {
    precondition(loss >= 0, "A loss cannot be \(loss)")
    if loss > self.bound { self.clipped = LatencyHistogram.saturatingSum(self.clipped, 1) }
    self.sequence.add(min(loss / self.bound, 1))
  }
}

extension BoundedLoss: Codable {
  private enum CodingKeys: String, CodingKey { case bound, clipped, sequence }

  /// Reads the state. Throws `DecodingError` if the bound is none.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let bound = try container.decode(Double.self, forKey: .bound)
    guard bound > 0, bound.isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: .bound, in: container, debugDescription: "\(bound) is not positive and finite")
    }
    let sequence = try container.decode(EmpiricalBernsteinSequence.self, forKey: .sequence)
    self.init(bound: bound, alpha: sequence.alpha)
    self.clipped = try container.decode(UInt64.self, forKey: .clipped)
    self.sequence = sequence
  }
}
