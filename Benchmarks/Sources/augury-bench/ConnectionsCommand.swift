import ArgumentParser
import Foundation
import QueueCore
import ZeroMQ

/// What idle connections cost the broker in memory, beside a bare ROUTER socket with the same peers.
struct ConnectionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connections", abstract: "Memory of idle clients and workers beside a bare ROUTER's.")

  /// What a thousand may cost beyond libzmq's own, in bytes.
  private static let goal = 1_000_000.0

  @Option(help: "Folder of the release build that the broker is taken from.")
  var programs: String
  @Option(help: "Idle connections of a kind.")
  var count = 2000
  @Option(help: "Rounds; each measures both sides.")
  var rounds = 3

  func validate() throws {
    guard self.count > 0, self.rounds > 0 else { throw ValidationError("--count and --rounds are 1 or more") }
  }

  func run() throws {
    for (name, workers) in [("clients", false), ("workers", true)] {
      var ratios: [Double] = []
      for round in 1...self.rounds {
        let broker = try self.perThousand(workers: workers, isBare: false)
        let bare = try self.perThousand(workers: workers, isBare: true)
        ratios.append((broker - bare) / Self.goal)
        print(
          String(
            format: "round %d: a thousand idle %@ take %.2f MB in the broker, %.2f MB in a bare ROUTER", round, name,
            broker / 1e6, bare / 1e6))
        FileOutput.flush()
      }
      Ratio(name: "idle-\(name)-beyond-libzmq", values: ratios).print()
    }
  }

  /// Bytes of its own memory that a thousand connections add to the process; what it shows of files does not count.
  private func perThousand(workers: Bool, isBare: Bool) throws -> Double {
    let side = try Side(programs: self.programs, isBare: isBare)
    defer { side.child.stop() }
    // What the first connections cost once is no matter of their number.
    let first = try Crowd(
      frontend: side.frontend, backend: side.backend, workers: workers ? 100 : 0, clients: workers ? 0 : 100)
    defer { first.end() }
    let before = try side.settledBytes()
    let crowd = try Crowd(
      frontend: side.frontend, backend: side.backend, workers: workers ? self.count : 0,
      clients: workers ? 0 : self.count, firstName: 100)
    defer { crowd.end() }
    return Double(try side.settledBytes() - before) / Double(self.count) * 1000
  }

  /// The process whose memory is looked at.
  private struct Side {
    let child: Child
    let frontend: String
    let backend: String

    init(programs: String, isBare: Bool) throws {
      guard isBare else {
        let broker = try RunningBroker(programs: programs)
        (self.child, self.frontend, self.backend) = (broker.child, broker.frontend, broker.backend)
        return
      }
      self.child = try Child(CommandLine.arguments[0], ["router"])
      guard let endpoint = self.child.line() else { throw BenchError("the router did not start") }
      (self.frontend, self.backend) = (endpoint, endpoint)
    }

    /// The process's own memory once it has stayed the same for a while: nobody answers a member that says that it is
    /// ready.
    func settledBytes() throws -> Int {
      var last = try self.ownBytes()
      var quiet = 0
      for _ in 0..<100 {
        _ = poll(nil, 0, 200)
        let next = try self.ownBytes()
        quiet = abs(next - last) <= Self.unrest ? quiet + 1 : 0
        if quiet == Self.quietReadings { return next }
        last = next
      }
      throw BenchError("the memory of process \(self.child.pid) does not come to rest")
    }

    /// Heartbeats touch the next 64 bytes of libzmq's queue of each peer, until all of it has been used once.
    private static let unrest = 256 << 10
    private static let quietReadings = 8

    private func ownBytes() throws -> Int {
      let status = try String(contentsOfFile: "/proc/\(self.child.pid)/status", encoding: .utf8)
      for line in status.split(separator: "\n") where line.hasPrefix("RssAnon:") {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        if words.count >= 2, let kilobytes = Int(words[words.count - 2].trimmingCharacters(in: .whitespaces)) {
          return kilobytes * 1024
        }
      }
      throw BenchError("process \(self.child.pid) does not tell its memory")
    }
  }
}

/// The thing to compare with: a ROUTER that answers PING and JOIN, and keeps nothing of anybody. Prints its endpoint.
struct RouterPeer: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "router", shouldDisplay: false)

  func run() throws {
    OpenFiles.raiseLimit()
    let socket = try Socket(.router, in: Context(), options: SocketOptions { $0.backlog = 4096 })
    try socket.bind("tcp://127.0.0.1:*")
    print(try socket.lastEndpoint())
    FileOutput.flush()
    var arena = MessageArena(limit: 64)
    let welcome = WelcomeHeader(session: SessionID(1), heartbeatMilliseconds: 1000, liveness: 255, parts: 0).encoded
    var poller = Poller(capacity: 1)
    _ = poller.add(socket)
    while true {
      _ = try poller.wait(milliseconds: nil)
      while case .message(let message) = try arena.receive(from: socket, maxParts: 8) {
        guard let header = arena.next(after: message.first) else { throw BenchError("a message has no header") }
        let command = try Prefix(decoding: arena.bytes(of: header)).command
        switch command {
        case .ping: _ = try arena.sendChain(message.first, to: socket)
        case .join:
          _ = try arena.send(message.first, to: socket, more: true)
          _ = try socket.send(welcome.bytes)
        default: break
        }
        arena.release(message.first)
      }
    }
  }
}

/// A connection is an open file.
enum OpenFiles {
  /// Raises this process's limit as far as it may go.
  static func raiseLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
