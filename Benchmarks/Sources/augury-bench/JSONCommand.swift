import ArgumentParser
import Foundation
import Tensors

/// How many bytes of JSON a core reads into tensors and writes from them.
struct JSONCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "json", abstract: "Megabytes of JSON that are parsed and printed a second.")

  @Option(help: "JSON Lines of 64 numbers each, such as the digits rows.")
  var lines: String
  @Option(help: "How often each is measured; the best counts, since others disturb and nobody helps.")
  var rounds = 20

  func run() throws {
    let digits = [UInt8](try Data(contentsOf: URL(fileURLWithPath: self.lines)))
    let parser = try Self.parser(.fp32, columns: 64)
    try self.measure("json-parse-lines-digits", bytes: digits.count) { _ = try parser.parseLines(digits.span.bytes) }
    for (name, type) in [("fp32", DataType.fp32), ("fp64", .fp64)] {
      let tensor = type == .fp32 ? try Self.random(Float.self) : try Self.random(Double.self)
      let outputs = [NamedTensor("X", tensor)]
      let parser = try Self.parser(type, columns: 64)
      let text = ByteBuffer()
      try text.appendLines(outputs, rows: 256)
      let lines = text.bytes.withUnsafeBytes { Array($0) }
      try self.measure("json-print-lines-\(name)", bytes: lines.count) {
        text.removeAll()
        try text.appendLines(outputs, rows: 256)
      }
      try self.measure("json-parse-lines-\(name)", bytes: lines.count) { _ = try parser.parseLines(lines.span.bytes) }
      guard try parser.parseLines(lines.span.bytes).groups[0].inputs[0] == tensor else {
        throw BenchError("\(name) values are not what was printed")
      }
      let request = Array(
        "{\"instances\":[".utf8 + lines.dropLast().map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: ",") : $0 } + "]}".utf8
      )
      try self.measure("json-parse-request-\(name)", bytes: request.count) {
        _ = try parser.parseRequest(request.span.bytes)
      }
    }
  }

  private func measure(_ name: String, bytes: Int, _ body: () throws -> Void) throws {
    var best = Double.infinity
    for _ in 0..<self.rounds {
      let start = LoopCommand.seconds(CLOCK_MONOTONIC)
      var passes = 0.0
      repeat {
        try body()
        passes += 1
      } while LoopCommand.seconds(CLOCK_MONOTONIC) - start < 0.01
      best = min(best, (LoopCommand.seconds(CLOCK_MONOTONIC) - start) / passes)
    }
    print(String(format: "bench: %@ megabytes-per-second=%.0f", name, Double(bytes) / best / 1e6))
  }

  private static func parser(_ type: DataType, columns: Int) throws -> JSONTensorParser {
    try JSONTensorParser(
      signature: Signature(
        inputs: [TensorSpec(name: "X", dataType: type, shape: [-1, columns])],
        outputs: [TensorSpec(name: "y", dataType: type, shape: [-1, columns])]))
  }

  private static func random<Element: TensorElement & BinaryFloatingPoint>(_: Element.Type) throws -> Tensor
  where Element.RawSignificand: FixedWidthInteger {
    var generator = SystemRandomNumberGenerator()
    return try Tensor((0..<256 * 64).map { _ in Element.random(in: -1...1, using: &generator) }, shape: [256, 64])
  }
}
