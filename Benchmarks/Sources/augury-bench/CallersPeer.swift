import ArgumentParser
import Foundation
import QueueCore
import Tensors
import ZeroMQ

/// Clients that ask for predictions, each with a connection of its own and a number of requests outstanding, all on one
/// thread, so that the generator takes as little of the machine as it can.
struct CallersPeer: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "callers", shouldDisplay: false)

  @Option var connect: String
  @Option var wire: PredictionWire
  @Option var content: PredictionContent
  /// JSON Lines of which the first are the request's instances.
  @Option var lines: String
  /// Instances a request.
  @Option var rows = 1
  @Option var callers = 16
  @Option var outstanding = 1
  @Option var warmUp = 0.5
  @Option var seconds = 2.0

  func run() throws {
    let context = try Context(zeroCopyReceive: true)
    let request = try PredictionRequest(self.content, wire: self.wire, lines: self.lines, rows: self.rows)
    var callers: [Caller] = []
    var poller = Poller(capacity: self.callers)
    for _ in 0..<self.callers {
      let caller = try Caller(to: self.connect, in: context)
      _ = poller.add(caller.socket)
      callers.append(caller)
    }
    for caller in callers { for _ in 0..<self.outstanding { try caller.send(request) } }
    var arena = MessageArena(limit: 65_536)
    let begin = MonotonicClock.nanoseconds + UInt64(self.warmUp * 1e9)
    let end = begin + UInt64(self.seconds * 1e9)
    var report = CallersReport(seconds: Double(end - begin) / 1e9)
    var latencies: [UInt32] = []
    latencies.reserveCapacity(1 << 20)
    var now = MonotonicClock.nanoseconds
    while now < end {
      try poller.wait(untilNanoseconds: end, now: now)
      for (index, caller) in callers.enumerated() where poller.isReadable(index) {
        while case .message(let message) = try arena.receive(from: caller.socket, maxParts: 1024) {
          let replies = try request.replies(in: arena, message.first)
          arena.release(message.first)
          now = MonotonicClock.nanoseconds
          if now >= begin {
            report.replies += replies
            latencies.append(UInt32(clamping: (now - caller.sentAt) / 1000))
          }
          for _ in 0..<replies { try caller.send(request) }
        }
      }
      now = MonotonicClock.nanoseconds
    }
    // With several outstanding nobody knows which request a reply's time began with.
    if self.outstanding == 1, !latencies.isEmpty {
      latencies.sort()
      report.median = Int(latencies[latencies.count / 2])
    }
    print(report.line)
  }

  /// One client.
  private final class Caller {
    let socket: Socket
    private(set) var sentAt: UInt64 = 0
    private var next: UInt64 = 0

    init(to endpoint: String, in context: Context) throws {
      self.socket = try Socket(.dealer, in: context)
      try self.socket.connect(endpoint)
    }

    func send(_ request: PredictionRequest) throws {
      self.next += 1
      self.sentAt = MonotonicClock.nanoseconds
      if let header = request.header(RequestID(self.next)) {
        try self.expectSent(self.socket.send(header.span.bytes, more: true, wait: true))
      } else {
        // What a REQ socket puts in front.
        try self.expectSent(self.socket.send([UInt8]().span.bytes, more: true, wait: true))
      }
      for (index, part) in request.parts.enumerated() {
        try self.expectSent(self.socket.send(part.span.bytes, more: index + 1 < request.parts.count, wait: true))
      }
    }

    private func expectSent(_ result: SendResult) throws {
      guard result == .sent else { throw BenchError("a request could not be sent") }
    }
  }
}

/// What a process of callers counted, on one line.
struct CallersReport {
  var replies = 0
  var seconds: Double
  /// Of the time from request to reply, in microseconds; 0 if it was not taken.
  var median = 0

  init(seconds: Double) {
    self.seconds = seconds
  }

  init?(line: String) {
    let words = line.split(separator: " ")
    guard words.count == 3, let replies = Int(words[0]), let seconds = Double(words[1]), seconds > 0,
      let median = Int(words[2])
    else { return nil }
    self.replies = replies
    self.seconds = seconds
    self.median = median
  }

  var line: String { "\(self.replies) \(self.seconds) \(self.median)" }
  var perSecond: Double { Double(self.replies) / self.seconds }
}
