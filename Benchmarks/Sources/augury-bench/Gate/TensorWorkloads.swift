import QueueCore
import Tensors

/// The digits model's tensors, with numbers that are the same in every run.
enum Digits {
  static let signature = Signature(
    inputs: [TensorSpec(name: "X", dataType: .fp32, shape: [-1, 64])],
    outputs: [
      TensorSpec(name: "label", dataType: .int64, shape: [-1]),
      TensorSpec(name: "probabilities", dataType: .fp32, shape: [-1, 10]),
    ])

  /// Whole numbers of 0 to 16, as pixels are.
  static func pixels(rows: Int) -> [Float] {
    var generator = SplitMix64(seed: 1)
    return (0..<rows * 64).map { _ in Float(generator.next() % 17) }
  }

  /// The model's outputs for so many rows.
  static func outputs(rows: Int) throws -> [NamedTensor] {
    var generator = SplitMix64(seed: 2)
    let labels = (0..<rows).map { _ in Int64(generator.next() % 10) }
    let scores = (0..<rows * 10).map { _ in Float(generator.next() >> 40) / Float(1 << 24) }
    return [
      NamedTensor("label", try Tensor(labels, shape: [rows])),
      NamedTensor("probabilities", try Tensor(scores, shape: [rows, 10])),
    ]
  }

  /// JSON Lines, one instance a line.
  static func lines(rows: Int) -> [UInt8] {
    let pixels = Self.pixels(rows: rows)
    var text = ""
    for row in 0..<rows {
      let numbers = pixels[row * 64..<(row + 1) * 64].map { String(Int($0)) }
      text += "[" + numbers.joined(separator: ",") + "]\n"
    }
    return Array(text.utf8)
  }
}

/// The two forms in which a request or reply carries tensors.
enum TensorForm {
  case json
  case tensors
}

/// Reads a request of one instance into tensors.
final class ReadRequestWorkload: GateWorkload {
  let unitsPerPass = 1
  private let parser: JSONTensorParser
  private let head: [UInt8]
  private let parts: [TensorBuffer]

  init(_ form: TensorForm) throws {
    self.parser = try JSONTensorParser(signature: Digits.signature)
    switch form {
    case .json:
      self.head = Array("{\"instances\":[".utf8 + Digits.lines(rows: 1).dropLast() + "]}".utf8)
      self.parts = []
    case .tensors:
      let pixels = try Tensor(Digits.pixels(rows: 1), shape: [1, 64])
      let text = ByteBuffer()
      try text.appendRequest(inputs: [NamedTensor("X", pixels)], isBinary: true)
      self.head = text.bytes.withUnsafeBytes { Array($0) }
      self.parts = [pixels.buffer]
    }
  }

  func pass() throws -> UInt64 {
    let head = self.head
    let request = try self.parser.parseRequest(head.span.bytes, parts: self.parts)
    guard request.rowCount == 1 else { throw BenchError("a request was read as \(request.rowCount) instances") }
    return UInt64(request.inputs[0].buffer.count)
  }
}

/// Reads a slice of a batch job: 256 lines.
final class ReadLinesWorkload: GateWorkload {
  let unitsPerPass = 256
  private let parser: JSONTensorParser
  private let lines: [UInt8]

  init() throws {
    self.parser = try JSONTensorParser(signature: Digits.signature)
    self.lines = Digits.lines(rows: self.unitsPerPass)
  }

  func pass() throws -> UInt64 {
    let lines = self.lines
    let read = try self.parser.parseLines(lines.span.bytes)
    guard read.rowCount == self.unitsPerPass, read.rejected.isEmpty, read.groups.count == 1 else {
      throw BenchError("\(self.unitsPerPass) lines were read as \(read.rowCount) rows")
    }
    return UInt64(read.groups[0].inputs[0].buffer.count)
  }
}

/// Writes the reply to a request of one instance.
final class WriteReplyWorkload: GateWorkload {
  let unitsPerPass = 1
  private let outputs: [NamedTensor]
  private let isBinary: Bool
  private let text = ByteBuffer()

  init(_ form: TensorForm) throws {
    self.outputs = try Digits.outputs(rows: 1)
    self.isBinary = form == .tensors
  }

  func pass() throws -> UInt64 {
    self.text.removeAll()
    try self.text.appendReply(modelName: "digits", modelVersion: "2", outputs: self.outputs) { _ in self.isBinary }
    return UInt64(self.text.count)
  }
}

/// Writes the predictions of a slice of a batch job: 256 lines.
final class WriteLinesWorkload: GateWorkload {
  let unitsPerPass = 256
  private let outputs: [NamedTensor]
  private let text = ByteBuffer()

  init() throws {
    self.outputs = try Digits.outputs(rows: self.unitsPerPass)
  }

  func pass() throws -> UInt64 {
    self.text.removeAll()
    try self.text.appendLines(self.outputs, rows: self.unitsPerPass)
    return UInt64(self.text.count)
  }
}
