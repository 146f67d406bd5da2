import QueueCore
import ZeroMQ

/// A message's chain of parts, cut into units.
extension BrokerLoop {
  /// A unit's payload and what follows it, cut off its header.
  struct Unit {
    var payload: PartRef?
    var rest: PartRef?
  }

  /// Cuts a unit's payload off its header and off what follows. If there are too few parts, they are let go and the
  /// header alone is left.
  mutating func cutUnit(_ header: PartRef, parts: Int) throws(WireError) -> Unit {
    guard let payload = self.arena.split(header, after: 1) else {
      guard parts == 0 else { throw .missingParts(announced: parts, present: 0) }
      return Unit(payload: nil, rest: nil)
    }
    guard parts > 0 else { return Unit(payload: nil, rest: payload) }
    var present = 1
    var last = payload
    while present < parts, let next = self.arena.next(after: last) {
      last = next
      present += 1
    }
    guard present == parts else {
      self.arena.release(payload)
      throw .missingParts(announced: parts, present: present)
    }
    return Unit(payload: payload, rest: self.arena.split(payload, after: parts))
  }

  /// Lets a unit go and returns what follows it.
  mutating func dropUnit(_ header: PartRef, parts: Int) throws(WireError) -> PartRef? {
    let unit = try self.cutUnit(header, parts: parts)
    self.arena.release(header)
    if let payload = unit.payload { self.arena.release(payload) }
    return unit.rest
  }

  /// Lets go a unit whose header could not be read, and returns what follows it, if the prefix at least says where
  /// that is.
  mutating func dropDamagedUnit(_ header: PartRef) -> PartRef? {
    do throws(WireError) {
      let prefix = try Prefix(decoding: self.arena.bytes(of: header))
      return try self.dropUnit(header, parts: Int(prefix.parts))
    } catch {
      self.arena.release(header)
      return nil
    }
  }

  /// Bytes of a whole chain.
  func byteCount(of chain: PartRef?) -> Int {
    var bytes = 0
    var part = chain
    while let current = part {
      bytes += self.arena.byteCount(of: current)
      part = self.arena.next(after: current)
    }
    return bytes
  }
}

extension PayloadRef {
  /// Names a chain of parts for the core.
  init(_ chain: PartRef?) {
    self = chain.map { PayloadRef(UInt64($0.generation) << 32 | UInt64($0.index)) } ?? .none
  }

  /// The chain of parts that the core means.
  var chain: PartRef? {
    guard self != .none else { return nil }
    return PartRef(
      index: UInt32(truncatingIfNeeded: self.rawValue), generation: UInt32(truncatingIfNeeded: self.rawValue >> 32))
  }
}
