// What several of these tests need: bytes to send, and waiting until something has come.

import Testing

@testable import ZeroMQ

/// The sizes around which libzmq keeps the bytes of a part in different places: none, in the message, on the heap.
let partSizes = [0, 1, 5, 33, 34, 512, 1 << 20]

/// Bytes that differ from place to place and from seed to seed.
func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
  // A length that does not divide the sizes used, so that a shift by a power of two shows.
  let block = (0..<min(count, 4099)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ ($0 >> 8) &+ seed &* 101) }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count)
  while bytes.count + block.count < count { bytes += block }
  return bytes + block.prefix(count - bytes.count)
}

/// How long a test waits for what must come before it gives up, in milliseconds.
let patience = 20_000

struct NothingCame: Error {}

/// Waits until a socket has a message.
func awaitInput(_ socket: borrowing Socket) throws {
  var poller = Poller(capacity: 1)
  _ = poller.add(socket)
  guard try poller.wait(milliseconds: patience) == 1 else { throw NothingCame() }
}

/// Waits for one message and returns its parts as arrays.
func receiveParts(_ socket: borrowing Socket) throws -> [[UInt8]] {
  try awaitInput(socket)
  guard let message = try socket.receiveFrames(maxParts: 1000) else { throw NothingCame() }
  return message.frames.map { $0.bytes.array }
}

/// Waits for one message and keeps it in an arena.
func receive(
  _ socket: borrowing Socket,
  into arena: inout MessageArena,
  maxParts: Int = 64,
) throws -> ReceivedMessage {
  try awaitInput(socket)
  guard case .message(let message) = try arena.receive(from: socket, maxParts: maxParts) else { throw NothingCame() }
  return message
}

/// Sends parts as one message.
func send(_ parts: [[UInt8]], to socket: borrowing Socket) throws -> SendResult {
  for (index, part) in parts.enumerated() {
    let result = try socket.send(part.span.bytes, more: index < parts.count - 1, wait: true)
    guard result == .sent else { return result }
  }
  return .sent
}

extension RawSpan {
  var array: [UInt8] { self.withUnsafeBytes { Array($0) } }

  var address: UInt { self.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
}

extension MessageArena {
  func array(_ part: PartRef) -> [UInt8] { self.bytes(of: part).array }

  func address(_ part: PartRef) -> UInt { self.bytes(of: part).address }

  /// The names of all parts of a chain, in order.
  func parts(_ chain: PartRef) -> [PartRef] {
    var parts = [chain]
    while let last = parts.last, let next = self.next(after: last) { parts.append(next) }
    return parts
  }
}

/// Two sockets of one context that are connected to each other.
struct Pair: ~Copyable {
  let bound: Socket
  let connected: Socket

  init(
    _ bound: Socket.Kind,
    _ connected: Socket.Kind,
    over endpoint: String = "tcp://127.0.0.1:*",
    in context: Context? = nil,
    boundOptions: SocketOptions = SocketOptions(),
    connectedOptions: SocketOptions = SocketOptions(),
  ) throws {
    let context = try context ?? Context()
    let bound = try Socket(bound, in: context, options: boundOptions)
    let connected = try Socket(connected, in: context, options: connectedOptions)
    try bound.bind(endpoint)
    try connected.connect(try bound.lastEndpoint())
    self.bound = bound
    self.connected = connected
  }
}

/// Waits until a socket can take a message.
func awaitOutput(_ socket: borrowing Socket) throws {
  var poller = Poller(capacity: 1)
  _ = poller.add(socket, for: .writable)
  guard try poller.wait(milliseconds: patience) == 1 else { throw NothingCame() }
}

/// The error with which something was refused, or `nil` if it was not.
func refusal(_ body: () throws(ZMQError) -> Void) -> ZMQError? {
  do throws(ZMQError) {
    try body()
    return nil
  } catch {
    return error
  }
}
