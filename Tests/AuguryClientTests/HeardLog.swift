import QueueCore
import Synchronization
import ZeroMQ

/// A unit that a client sent.
struct HeardUnit: Sendable {
  var client: Frame
  var command: Command
  var header: [UInt8]
  var parts: [[UInt8]]
  /// How many units its message has, this one included.
  var unitsInMessage = 1

  /// The id of a request, call or cancellation.
  var id: RequestID { RequestHeader.requestID(inDamaged: self.header.span.bytes) ?? RequestID(0) }

  /// An OK reply to this unit.
  func reply(
    _ content: [[UInt8]], contentType: ContentType = .octets, origin: Origin? = nil
  ) -> ScriptedBroker.Message {
    let header = ReplyHeader(
      request: self.id, status: .ok, contentType: contentType, attempts: 1, hasOrigin: origin != nil,
      parts: content.count + (origin == nil ? 0 : 1), queueMicroseconds: 40, computeMicroseconds: 2)
    return [header.encoded.array] + (origin.map { [$0.encoded] } ?? []) + content
  }

  /// A refusal of this unit.
  func refusal(
    _ status: StatusCode, _ reason: String, _ message: String, retryAfterMilliseconds: UInt32 = 0
  ) -> ScriptedBroker.Message {
    let header = ReplyHeader(
      request: self.id, status: status, parts: 1, retryAfterMilliseconds: retryAfterMilliseconds)
    return [header.encoded.array, ErrorDetail(reason: reason, message: message).encoded]
  }

  /// The units of a message as a ROUTER gets it, the client's name first.
  static func units(of frames: [Frame]) -> [HeardUnit] {
    var units: [HeardUnit] = []
    var rest = frames.dropFirst()
    while let header = rest.popFirst(), let prefix = try? Prefix(decoding: header.bytes) {
      let parts = rest.prefix(Int(prefix.parts)).map { part in part.withUnsafeBytes { [UInt8]($0) } }
      rest = rest.dropFirst(Int(prefix.parts))
      units.append(
        HeardUnit(
          client: frames[0], command: prefix.command, header: header.withUnsafeBytes { [UInt8]($0) }, parts: parts))
    }
    for index in units.indices { units[index].unitsInMessage = units.count }
    return units
  }
}

/// What a broker has heard, and who waits for it to hear more.
final class HeardLog: Sendable {
  private struct Waiter {
    var command: Command
    var count: Int
    var continuation: CheckedContinuation<[HeardUnit], Never>
  }

  private struct State {
    var units: [Command: [HeardUnit]] = [:]
    var waiters: [Waiter] = []
  }

  private let state = Mutex(State())

  /// All units of a kind so far.
  func all(_ command: Command) -> [HeardUnit] {
    self.state.withLock { state in state.units[command] ?? [] }
  }

  func append(_ unit: HeardUnit) {
    let (ready, found) = self.state.withLock { state -> ([Waiter], [HeardUnit]) in
      state.units[unit.command, default: []].append(unit)
      let found = state.units[unit.command] ?? []
      let ready = state.waiters.filter { $0.command == unit.command && $0.count <= found.count }
      state.waiters.removeAll { $0.command == unit.command && $0.count <= found.count }
      return (ready, ready.isEmpty ? [] : found)
    }
    for waiter in ready { waiter.continuation.resume(returning: found) }
  }

  /// The units of a kind, as soon as there are so many.
  func first(_ count: Int, _ command: Command) async -> [HeardUnit] {
    await withCheckedContinuation { continuation in
      let found = self.state.withLock { state -> [HeardUnit]? in
        if let found = state.units[command], found.count >= count { return found }
        state.waiters.append(Waiter(command: command, count: count, continuation: continuation))
        return nil
      }
      if let found { continuation.resume(returning: found) }
    }
  }

  /// The first unit of a kind.
  func first(_ command: Command) async -> HeardUnit {
    await self.first(1, command)[0]
  }
}
