/// A connection on one of the broker's two sockets, as an integer the driver hands out.
///
/// Valid until the driver forgets it. Client and worker peers are numbered apart; the core never mixes them.
public struct PeerID: Hashable, Sendable, BitwiseCopyable {
  /// The number the driver chose.
  public var rawValue: UInt64

  /// Makes the identifier with this number.
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

/// A request as its client names it: unique among that client's outstanding requests.
public struct RequestID: Hashable, Sendable, BitwiseCopyable {
  /// The client's number.
  public var rawValue: UInt64

  /// Makes the identifier with this number.
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

/// A request as the broker names it towards workers: a slot of the broker's table and that slot's generation.
///
/// The generation counts the slot's uses, so an answer that comes too late never meets a newer request.
public struct WorkID: Hashable, Sendable, BitwiseCopyable {
  /// Slot in the low 24 bits, generation in the high 40.
  public var rawValue: UInt64

  /// Slots that can be named.
  static let maximumSlots = 1 << 24

  /// Makes the identifier from its wire form.
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  init(slot: Int, generation: UInt64) {
    self.rawValue = generation << 24 | UInt64(slot & (Self.maximumSlots - 1))
  }

  var slot: Int { Int(self.rawValue & UInt64(Self.maximumSlots - 1)) }
  var generation: UInt64 { self.rawValue >> 24 }
}

/// One worker's membership, from its JOIN until it leaves or is lost. Never reused within a broker's life.
public struct SessionID: Hashable, Sendable, BitwiseCopyable {
  /// The token on the wire; 0 names no session.
  public var rawValue: UInt32

  /// Makes the identifier from its wire form.
  public init(_ rawValue: UInt32) {
    self.rawValue = rawValue
  }
}

/// A version of a model, as a dense index handed out by the ``Catalog``.
public struct VersionID: Hashable, Sendable, BitwiseCopyable {
  /// Index into the catalog.
  public var rawValue: UInt32

  /// Makes the identifier with this index.
  public init(_ rawValue: UInt32) {
    self.rawValue = rawValue
  }

  var index: Int { Int(self.rawValue) }
}

/// A prediction, by a number that no other one has: what feedback about it names.
public struct PredictionID: Hashable, Sendable, BitwiseCopyable {
  /// The number.
  public var rawValue: UInt64

  /// Makes the identifier with this number.
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Reads what ``description`` writes; nil if the text is not 16 hexadecimal digits.
  public init?(_ text: String) {
    guard text.utf8.count == 16, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let number = UInt64(text, radix: 16)
    else { return nil }
    self.rawValue = number
  }
}

extension PredictionID: CustomStringConvertible {
  /// 16 hexadecimal digits.
  public var description: String {
    let digits = String(self.rawValue, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Bytes of a message that the driver keeps. The core only says when they may go.
public struct PayloadRef: Hashable, Sendable, BitwiseCopyable {
  /// The driver's handle.
  public var rawValue: UInt64

  /// Makes the reference with this handle.
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// No payload at all, for messages that carry none. Never released.
  public static let none = PayloadRef(.max)
}
