/// What a client's session has counted. Every unit that was dropped is in one of these.
public struct ClientCounters: Hashable, Sendable {
  /// Requests and calls begun, the refused ones among them.
  public var begun: UInt64 = 0
  /// Those that ended with an answer of the broker's, whatever its status.
  public var replied: UInt64 = 0
  /// Those that ended without one.
  public var failed: UInt64 = 0
  /// Replies to requests that had ended already: duplicates, and answers that came too late.
  public var lateReplies: UInt64 = 0
  /// Replies to requests that were never made.
  public var unknownReplies: UInt64 = 0
  /// Units that could not be read.
  public var malformedUnits: UInt64 = 0
  /// Units that are for brokers or workers, not for clients.
  public var unexpectedCommands: UInt64 = 0
  /// PONGs that answer no PING of this session.
  public var unknownPongs: UInt64 = 0
  /// PINGs sent.
  public var pings: UInt64 = 0

  /// All zero.
  public init() {}
}
