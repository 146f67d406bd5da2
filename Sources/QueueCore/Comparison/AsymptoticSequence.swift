import RealModule

/// An asymptotic confidence sequence for the mean of numbers that no bound is known for.
///
/// Method: theorem 2.2 of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and
/// asymptotic confidence sequences", Annals of Statistics 52, 2024: mean ± σ̂ √(2(nρ² + 1)/(n²ρ²) · log(√(nρ² + 1)/α)),
/// with ρ so that the interval is narrowest near ``narrowestAt`` observations.
///
/// Guarantee: only in the limit. The intervals come ever closer to a confidence sequence as observations become many,
/// as a z-interval does for a single look; nothing is promised for any number of them. Assumes independent observations
/// of one distribution with more than two finite moments. Rare large losses not yet seen make it too narrow. Where a
/// bound is known, use ``BoundedLoss``.
enum AsymptoticSequence {
  /// Observations about which the interval is narrowest in proportion to its limits.
  static let narrowestAt = 1000.0
  /// With fewer observations there is no interval at all: the estimated spread means too little.
  static let minimumCount: UInt64 = 100

  /// The interval; nil with too few observations, or with no spread among them.
  static func interval(_ moments: Moments, alpha: Double) -> Interval? {
    guard moments.count >= Self.minimumCount, moments.variance > 0 else { return nil }
    let time = Double(moments.count)
    let logAlpha = -2 * Double.log(alpha)
    let scale = (logAlpha + Double.log(logAlpha) + 1) / Self.narrowestAt
    let spread = time * scale + 1
    let margin = (2 * spread / (time * time * scale) * Double.log(spread.squareRoot() / alpha)).squareRoot()
    let deviation = moments.variance.squareRoot()
    return Interval(low: moments.mean - deviation * margin, high: moments.mean + deviation * margin)
  }
}
