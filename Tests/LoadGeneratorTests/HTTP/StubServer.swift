import Glibc
import Synchronization
import ZeroMQ

/// An HTTP/1.1 server for one test, on a port of the system's choice: keeps connections alive and answers as told.
final class StubServer: Sendable {
  struct Request: Sendable, Equatable {
    /// From 1, over all connections, POSTs alone.
    var number: Int
    var method: String
    var path: String
    var headers: [String: String]
    var body: [UInt8]
  }

  enum Answer {
    case status(Int, String)
    /// The connection is closed without a word.
    case close
    /// These bytes as they are, and then the connection is closed.
    case bytes(String)
  }

  typealias Script = @Sendable (Request) -> Answer

  /// The metadata of a model with one input of four numbers.
  static let metadata = """
    {"name":"m","versions":["1"],"platform":"x","inputs":[{"name":"X","datatype":"FP32","shape":[-1,4]}],\
    "outputs":[{"name":"Y","datatype":"FP32","shape":[-1,1]}]}
    """
  /// An answer with an output.
  static let prediction = #"{"model_name":"m","outputs":[{"name":"Y","shape":[1],"datatype":"FP32","data":[1]}]}"#

  private final class Log: Sendable {
    let requests = Mutex<[Request]>([])
    let connections = Atomic(0)
    let isOver = Atomic(false)
  }

  let address: String
  private let log = Log()
  private let listener: Int32

  /// Without a script it is a model `m` that answers everything.
  init(
    script: @escaping Script = { .status(200, $0.method == "GET" ? StubServer.metadata : StubServer.prediction) }
  ) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) != 0 || listen(listener, 128) != 0 || getsockname(listener, address, &size) != 0
      }
    }
    precondition(!status, "a port can be had")
    self.listener = listener
    self.address = "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
    let log = self.log
    _ = try LoopThread(name: "stub-server") {
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0, !log.isOver.load(ordering: .relaxed) else { break }
        log.connections.add(1, ordering: .relaxed)
        _ = try? LoopThread(name: "stub-connection") {
          Self.serve(connection, log, script)
          close(connection)
        }
      }
      close(listener)
    }
  }

  deinit {
    self.log.isOver.store(true, ordering: .relaxed)
    shutdown(self.listener, Int32(SHUT_RDWR))
  }

  /// All POSTs so far.
  var posts: [Request] { self.log.requests.withLock { $0.filter { $0.method == "POST" } } }
  /// Connections that were ever accepted.
  var connectionCount: Int { self.log.connections.load(ordering: .relaxed) }

  private static func serve(_ connection: Int32, _ log: Log, _ script: Script) {
    var buffer: [UInt8] = []
    while let (request, rest) = Self.read(connection, buffer) {
      buffer = rest
      var numbered = request
      log.requests.withLock { all in
        numbered.number = all.count { $0.method == "POST" } + 1
        all.append(numbered)
      }
      switch script(numbered) {
      case .status(let status, let text):
        guard Self.write(connection, "HTTP/1.1 \(status) X\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)") else {
          return
        }
      case .bytes(let text):
        _ = Self.write(connection, text)
        return
      case .close:
        return
      }
    }
  }

  /// The next request, and what was read beyond it; nil at the end.
  private static func read(_ connection: Int32, _ start: [UInt8]) -> (Request, rest: [UInt8])? {
    var bytes = start
    while true {
      if let request = Self.parse(bytes) { return request }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(connection, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      bytes += chunk[..<count]
    }
  }

  private static func parse(_ bytes: [UInt8]) -> (Request, rest: [UInt8])? {
    let mark = Array("\r\n\r\n".utf8)
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    let words = lines[0].split(separator: " ")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let halves = line.split(separator: ":", maxSplits: 1)
      headers[halves[0].lowercased()] = halves.count > 1 ? String(halves[1].drop { $0 == " " }) : ""
    }
    let body = end + mark.count
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    guard bytes.count >= body + length else { return nil }
    let request = Request(
      number: 0, method: String(words[0]), path: String(words[1]), headers: headers,
      body: Array(bytes[body..<(body + length)]))
    return (request, Array(bytes[(body + length)...]))
  }

  private static func write(_ connection: Int32, _ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }
}
