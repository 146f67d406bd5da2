/// Failed rows that are too many for a job to go on.
public enum JobErrorLimit: Hashable, Sendable, BitwiseCopyable {
  /// More than so many.
  case rows(UInt64)
  /// More than this share of the rows done, in percent: once there are ``fewestRows``, and at the end.
  case percent(Double)

  /// Rows of which a share says something.
  public static let fewestRows: UInt64 = 1000

  /// Whether it is exceeded; `isComplete` is whether no row is left.
  public func isExceeded(failed: UInt64, of rows: UInt64, isComplete: Bool) -> Bool {
    switch self {
    case .rows(let limit): failed > limit
    case .percent(let limit):
      (isComplete || rows >= Self.fewestRows) && Double(failed) * 100 > limit * Double(rows)
    }
  }
}
