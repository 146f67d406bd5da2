import ArgumentParser
import Foundation
import QueueCore
import Tensors
import ZeroMQ

/// Where predictions are asked for.
enum PredictionWire: String, ExpressibleByArgument, CaseIterable {
  /// Augury's broker.
  case augury
  /// The same bytes through `zmq_proxy`, sent back unread.
  case echo
  /// A REP socket that takes the input's raw bytes and gives the outputs'.
  case rep
}

/// How instances are written.
enum PredictionContent: String, ExpressibleByArgument, CaseIterable {
  case json
  case tensors

  var contentType: ContentType { self == .json ? .json : .tensors }
}

/// A request for predictions of the digits model, and what its reply must look like.
struct PredictionRequest {
  /// What follows the header.
  let parts: [[UInt8]]
  private let wire: PredictionWire
  private let content: PredictionContent
  /// The size of a reply's last part, if it is known.
  private let lastPart: Int?

  static let model = "digits"
  /// Ten probabilities as FP32.
  private static let bytesPerPrediction = 40

  /// Takes the first instances of a file of JSON Lines, around again if there are not enough.
  init(_ content: PredictionContent, wire: PredictionWire, lines: String, rows: Int) throws {
    let lines = try String(contentsOf: URL(fileURLWithPath: lines), encoding: .utf8).split(separator: "\n")
    guard !lines.isEmpty else { throw BenchError("there are no instances") }
    let text = (0..<rows).map { lines[$0 % lines.count] }.joined(separator: ",")
    let json = Array("{\"instances\":[\(text)]}".utf8)
    self.wire = wire
    self.content = content
    switch content {
    case .json: self.parts = [json]
    case .tensors:
      let tensor = try Self.parser().parseRequest(json.span.bytes).inputs[0]
      let header = ByteBuffer()
      try header.appendRequest(inputs: [NamedTensor("X", tensor)])
      let raw = tensor.buffer.withUnsafeBytes { Array($0) }
      self.parts = wire == .rep ? [raw] : [header.bytes.withUnsafeBytes { Array($0) }, raw]
    }
    switch (wire, content) {
    case (.echo, _): self.lastPart = self.parts[self.parts.count - 1].count
    case (_, .tensors): self.lastPart = rows * Self.bytesPerPrediction
    case (_, .json): self.lastPart = nil
    }
  }

  /// Reads instances of the digits model.
  static func parser() throws -> JSONTensorParser {
    try JSONTensorParser(
      signature: Signature(
        inputs: [TensorSpec(name: "X", dataType: .fp32, shape: [-1, 64])],
        outputs: [
          TensorSpec(name: "label", dataType: .int64, shape: [-1]),
          TensorSpec(name: "probabilities", dataType: .fp32, shape: [-1, 10]),
        ]))
  }

  /// The header of a request; nil for the wire that has none.
  func header(_ id: RequestID) -> [UInt8]? {
    guard self.wire != .rep else { return nil }
    return RequestHeader.encode(
      request: id, timeoutMicroseconds: RequestHeader.noTimeout, requestClass: .online,
      contentType: self.content.contentType, parts: self.parts.count, model: Self.model, selector: "")
  }

  /// How many replies a message holds; throws if one is not what was asked for.
  func replies(in arena: borrowing MessageArena, _ first: PartRef) throws -> Int {
    guard self.wire != .rep else {
      try self.check(arena, last: Self.last(of: first, in: arena))
      return 1
    }
    var replies = 0
    var unit: PartRef? = first
    while let header = unit {
      let prefix = try Prefix(decoding: arena.bytes(of: header))
      if self.wire == .augury {
        let reply = try ReplyHeader(decoding: arena.bytes(of: header))
        guard reply.status == .ok else { throw BenchError("a request was answered with \(reply.status.name)") }
      }
      var last = header
      for _ in 0..<prefix.parts {
        guard let part = arena.next(after: last) else { throw BenchError("a reply ends too early") }
        last = part
      }
      try self.check(arena, last: last)
      replies += 1
      unit = arena.next(after: last)
    }
    return replies
  }

  private static func last(of first: PartRef, in arena: borrowing MessageArena) -> PartRef {
    var last = first
    while let part = arena.next(after: last) { last = part }
    return last
  }

  private func check(_ arena: borrowing MessageArena, last: PartRef) throws {
    guard let expected = self.lastPart, arena.byteCount(of: last) != expected else { return }
    throw BenchError("a reply ends with a part of \(arena.byteCount(of: last)) bytes, expected \(expected)")
  }
}
