import QueueCore
import Tensors
import ZeroMQ

@testable import worker

/// Requests as the broker would send them.
enum JobMaking {
  static func job(
    _ number: UInt64, _ contents: [String], as contentType: ContentType = .json,
    class requestClass: RequestClass = .online, deadline: Instant = .distantFuture
  ) throws -> ComputeJob {
    let parts = try contents.map { try Frame.of(Array($0.utf8)) }
    return Self.job(number, parts: parts, as: contentType, class: requestClass, deadline: deadline)
  }

  static func job(
    _ number: UInt64, parts: [Frame], as contentType: ContentType, class requestClass: RequestClass = .online,
    deadline: Instant = .distantFuture
  ) -> ComputeJob {
    let work = WorkerSession.Work(
      ticket: WorkerSession.Ticket(work: WorkID(number), attempt: 1, epoch: 1), requestClass: requestClass,
      contentType: contentType, parts: parts.count, payload: .none,
      receivedAt: Instant(nanoseconds: MonotonicClock.nanoseconds), deadline: deadline)
    return ComputeJob(work: work, parts: parts)
  }

  /// `{"instances": …}` with rows of two numbers, the second of which is 0.
  static func instances(_ number: UInt64, _ values: [Int], attempt: UInt8 = 1) throws -> ComputeJob {
    let rows = values.map { "[\($0),0]" }.joined(separator: ",")
    let job = try Self.job(number, ["{\"instances\":[\(rows)]}"])
    var work = job.work
    work.ticket.attempt = attempt
    return ComputeJob(work: work, parts: job.parts)
  }

  /// JSON Lines of rows of two numbers, the second of which is 0.
  static func lines(_ number: UInt64, _ values: [Int]) throws -> ComputeJob {
    try Self.job(number, [values.map { "[\($0),0]\n" }.joined()], as: .jsonLines, class: .batch)
  }
}

extension Frame {
  /// A part of these bytes.
  static func of(_ bytes: [UInt8]) throws -> Frame {
    try Frame(copying: bytes.span.bytes)
  }

  /// The bytes as text.
  var text: String { self.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

extension ComputeResult {
  /// The broker's number for the request.
  var number: UInt64 { self.outcome.ticket.work.rawValue }

  /// The parts as they would be sent.
  var allParts: [Frame] {
    get throws {
      let raw = try self.rawRows.map { rows in
        try rows.outputs.map { try Frame(copying: $0.buffer.bytes.extracting(rows.bytes(in: $0))) }
      }
      return self.parts + (raw ?? [])
    }
  }

  /// Why there is no prediction; nil if there is one.
  var detail: ErrorDetail? {
    get throws {
      guard self.outcome.status != .ok, let part = self.parts.first else { return nil }
      return try ErrorDetail(decoding: part.bytes)
    }
  }
}
