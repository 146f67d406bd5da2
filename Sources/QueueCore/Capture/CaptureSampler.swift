/// Decides which predictions of a model are captured.
///
/// The decision follows from the prediction's id alone: the same for all parts of a prediction, wherever it is made,
/// and again after a restart. It is independent of the choice of a version, which hashes other numbers. A larger share
/// captures what a smaller one does, and more.
///
/// Each captured prediction is recorded with its inclusion probability, so that whoever uses the data can weigh it
/// (Horvitz and Thompson, "A generalization of sampling without replacement from a finite universe", Journal of the
/// American Statistical Association 47, 1952). That assumes ids which were not chosen with this hash in mind.
public struct CaptureSampler: Hashable, Sendable {
  /// What sets these hashes apart from others of the same ids.
  private static let salt: UInt64 = 0x6361_7074_7572_6531

  /// The probability that a prediction is captured, exactly; 0…1.
  public let probability: Double
  private let threshold: UInt64

  /// Captures this share of all predictions. Throws ``CaptureSettingsError`` unless it is in 0…1.
  public init(share: Double) throws(CaptureSettingsError) {
    guard share >= 0, share <= 1 else { throw .share(share) }
    // 53 bits are what a double has: so probability and threshold say the same.
    let scaled = (share * 0x1p53).rounded()
    self.threshold = UInt64(scaled)
    self.probability = scaled * 0x1p-53
  }

  /// Whether the prediction is captured.
  public func isCaptured(predictionID: UInt64) -> Bool {
    var hash = SplitMix64(seed: predictionID ^ Self.salt)
    // Two rounds: ids are numbers in a row, and one round of them is also what others may use.
    var again = SplitMix64(seed: hash.next() ^ Self.salt)
    return again.next() >> 11 < self.threshold
  }
}

/// What is wrong with settings of a capture.
public enum CaptureSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The share is not in 0…1.
  case share(Double)
  /// A segment's greatest size is 0.
  case segmentBytes(UInt64)
  /// There is not room for two segments.
  case totalBytes(UInt64, segmentBytes: UInt64)
  /// The queue has no room.
  case queueEmpty

  /// One line that names the setting, its value and what it may be.
  public var description: String {
    switch self {
    case .share(let share): "the share of captured predictions is \(share), expected 0 to 1"
    case .segmentBytes(let bytes): "a segment of \(bytes) bytes has no room for a record, expected 1 or more"
    case .totalBytes(let total, let segment):
      "\(total) bytes in all have no room for two segments of \(segment) bytes; expected \(segment)×2 or more"
    case .queueEmpty: "the capture queue has no room, expected 1 record and 1 byte or more"
    }
  }
}
