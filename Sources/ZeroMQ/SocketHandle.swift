// The C socket behind a `Socket`, and the calls on it that are neither sending nor receiving.

import CZMQ
import Synchronization

/// The C socket, and whether it is still open.
///
/// Apart from `Socket` so that a `Poller` can keep the handle of each socket in its set and notice that one has been
/// closed, instead of handing libzmq a pointer to freed memory.
@safe
final class SocketHandle {
  let raw: UnsafeMutableRawPointer

  /// Kept so that the context outlives the socket.
  private let context: Context

  /// An `Atomic` for being a `let` that changes: access to a `var` of a class is checked at run time on every part.
  private let open = Atomic<Bool>(true)

  /// Whether the last part sent announced another one.
  private let midMessage = Atomic<Bool>(false)

  init(_ kind: Socket.Kind, in context: Context) throws(ZMQError) {
    guard let raw = unsafe zmq_socket(context.raw, kind.number) else { throw ZMQError.last("zmq_socket(\(kind))") }
    unsafe self.raw = raw
    self.context = context
  }

  deinit {
    self.close()
  }

  var isOpen: Bool { self.open.load(ordering: .relaxed) }

  var isMidMessage: Bool {
    get { self.midMessage.load(ordering: .relaxed) }
    set { self.midMessage.store(newValue, ordering: .relaxed) }
  }

  /// Closes once, whoever asks first.
  func close() {
    guard self.open.exchange(false, ordering: .relaxed) else { return }
    _ = unsafe zmq_close(self.raw)
  }
}

// MARK: - Calls that take an endpoint

extension SocketHandle {
  func call(
    _ name: String,
    _ endpoint: String,
    _ body: (UnsafeMutableRawPointer, UnsafePointer<CChar>) -> Int32,
  ) throws(ZMQError) {
    guard Self.isWellFormed(endpoint) else {
      throw ZMQError(code: .invalidArgument, call: "\(name)(\(endpoint))")
    }
    while unsafe endpoint.withCString({ unsafe body(self.raw, $0) }) != 0 {
      if zmq_errno() != EINTR { throw ZMQError.last("\(name)(\(endpoint))") }
    }
  }

  /// Refuses what libzmq would take for another endpoint: it reads no further than a zero byte, and takes a TCP port
  /// modulo 65,536.
  private static func isWellFormed(_ endpoint: String) -> Bool {
    guard !endpoint.utf8.contains(0) else { return false }
    guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return true }
    let port = endpoint[endpoint.index(after: colon)...]
    return port == "*" || UInt16(port) != nil
  }

  func lastEndpoint() throws(ZMQError) -> String {
    // The longest are `ipc://` paths, which the kernel limits to 108 bytes, and host names of at most 253.
    var text = [CChar](repeating: 0, count: 512)
    var size = text.count
    let status = unsafe text.withUnsafeMutableBytes {
      unsafe zmq_getsockopt(self.raw, ZMQ_LAST_ENDPOINT, $0.baseAddress, &size)
    }
    guard status == 0 else { throw ZMQError.last("zmq_getsockopt(ZMQ_LAST_ENDPOINT)") }
    let bytes = text.prefix(size).prefix { $0 != 0 }
    return String(decoding: bytes.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

// MARK: - Options

extension SocketHandle {
  func set(_ option: Int32, _ name: String, _ value: Int) throws(ZMQError) {
    guard var value = Int32(exactly: value) else {
      throw ZMQError(code: .invalidArgument, call: "zmq_setsockopt(\(name) = \(value))")
    }
    guard unsafe zmq_setsockopt(self.raw, option, &value, MemoryLayout<Int32>.size) == 0 else {
      throw ZMQError.last("zmq_setsockopt(\(name) = \(value))")
    }
  }

  func set(_ option: Int32, _ name: String, wide value: Int64) throws(ZMQError) {
    var copy = value
    guard unsafe zmq_setsockopt(self.raw, option, &copy, MemoryLayout<Int64>.size) == 0 else {
      throw ZMQError.last("zmq_setsockopt(\(name) = \(value))")
    }
  }

  func set(_ option: Int32, _ name: String, bytes: [UInt8]) throws(ZMQError) {
    let status = unsafe bytes.withUnsafeBytes { unsafe zmq_setsockopt(self.raw, option, $0.baseAddress, $0.count) }
    guard status == 0 else { throw ZMQError.last("zmq_setsockopt(\(name), \(bytes.count) bytes)") }
  }

  func get(_ option: Int32, _ name: String) throws(ZMQError) -> Int32 {
    var value: Int32 = 0
    var size = MemoryLayout<Int32>.size
    while unsafe zmq_getsockopt(self.raw, option, &value, &size) != 0 {
      if zmq_errno() != EINTR { throw ZMQError.last("zmq_getsockopt(\(name))") }
    }
    return value
  }
}
