// The names under which a message arena keeps parts.

/// The name of one part in a `MessageArena`, and of the chain of parts that it begins.
///
/// Plain numbers, so that tables and actions may hold it. A name is good until its part is released; using it after
/// that stops the program instead of meaning some later part.
public struct PartRef: Hashable, Sendable, BitwiseCopyable {
  /// The slot.
  public let index: UInt32

  /// Which use of the slot: odd while a part is in it, one higher for each change.
  public let generation: UInt32

  /// Puts a name together again from its numbers.
  public init(index: UInt32, generation: UInt32) {
    self.index = index
    self.generation = generation
  }
}

/// A message that an arena has received and keeps.
public struct ReceivedMessage: Equatable, Sendable {
  /// The first part; the others follow it as a chain.
  public let first: PartRef

  /// How many parts are kept; at least one.
  public let count: Int

  /// How many bytes the kept parts have in all.
  public let bytes: Int

  /// How many further parts there were, beyond the most that were asked for; they are gone.
  public let discardedParts: Int

  /// Whether the message had more parts than were asked for.
  public var tooManyParts: Bool { self.discardedParts > 0 }
}

/// What a receive into an arena found.
public enum Reception: Equatable, Sendable {
  /// Nothing waits to be received.
  case nothing
  /// A message, kept until its parts are released.
  case message(ReceivedMessage)
  /// A message for which the arena had no room; all of it, so many parts and bytes, is gone.
  case arenaFull(parts: Int, bytes: Int)
}
