/// How a world went.
public struct Report: Sendable {
  /// What the world was drawn from.
  public var options: Options
  /// What went wrong first; nil if nothing did.
  public var violation: Violation?
  /// What happened.
  public var totals: Totals
  /// A number that two runs share only if they went the same way.
  public var traceHash: UInt64
}

/// A property that did not hold.
public struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
  /// Whether something happened that must not, or something did not that must.
  public enum Kind: String, Sendable {
    /// Something happened that must not.
    case safety
    /// Something did not happen that must.
    case liveness
  }

  /// Which kind of property it is.
  public var kind: Kind
  /// The property's name.
  public var property: String
  /// What was wrong, in a sentence.
  public var sentence: String
  /// When it was noticed, in simulated nanoseconds.
  public var time: UInt64

  /// The violation on one line.
  public var description: String {
    "\(self.kind.rawValue): \(self.property) at \(Trace.seconds(self.time)): \(self.sentence)"
  }
}
