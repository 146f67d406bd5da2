import ArgumentParser
import Foundation
import Inference
import Tensors

/// What a batch job is without the cluster: one thread that reads lines, parses, predicts, prints and writes, with the
/// worker's own parser, engine and printer. Nothing is checked, made durable or spread over processes.
struct LoopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loop", abstract: "Predict the rows of a JSON Lines file in one bare loop.")

  @Option(help: "The ONNX model.")
  var model: String
  @Option(help: "What to predict: JSON Lines, one instance a line.")
  var input: String
  @Option(help: "Where the predictions go.")
  var output: String
  @Option(help: "Rows of an engine call.")
  var batchSize = 256

  func run() throws {
    let model = try OnnxModel(path: self.model, library: OnnxLibrary.load())
    try model.warmUp()
    let parser = try JSONTensorParser(signature: model.signature)
    guard let source = fopen(self.input, "r"), let target = fopen(self.output, "w") else {
      throw BenchError("cannot open \(self.input) or \(self.output)")
    }
    defer {
      fclose(source)
      fclose(target)
    }
    let startedAt = Self.seconds(CLOCK_MONOTONIC)
    let computedBefore = Self.seconds(CLOCK_PROCESS_CPUTIME_ID)
    let text = ByteBuffer()
    var rows = 0
    try Self.forEachBatch(of: source, rows: self.batchSize) { lines in
      let batch = try parser.parseLines(lines.bytes)
      guard batch.rejected.isEmpty else { throw BenchError("a row is bad: \(batch.rejected[0].error.message)") }
      for group in batch.groups {
        let outputs = try model.run(group.inputs)
        try text.appendLines(
          zip(model.signature.outputs, outputs).map { NamedTensor($0.name, $1) }, rows: group.rows.count)
        rows += group.rows.count
      }
      text.bytes.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, target) }
      text.removeAll()
    }
    fflush(target)
    let seconds = Self.seconds(CLOCK_MONOTONIC) - startedAt
    let cpuSeconds = Self.seconds(CLOCK_PROCESS_CPUTIME_ID) - computedBefore
    print("{\"rows\": \(rows), \"seconds\": \(seconds), \"cpu_seconds\": \(cpuSeconds)}")
  }

  /// Calls the body with so many lines at a time, each with its line feed.
  private static func forEachBatch(
    of file: UnsafeMutablePointer<FILE>, rows: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let capacity = 1 << 20
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
    defer { buffer.deallocate() }
    var filled = 0
    while true {
      let count = fread(buffer + filled, 1, capacity - filled, file)
      filled += count
      var start = 0
      while let end = Self.end(ofLines: rows, in: buffer, start..<filled, isLast: count == 0) {
        try body(UnsafeRawBufferPointer(start: buffer + start, count: end - start))
        start = end
      }
      if count == 0 { return }
      memmove(buffer, buffer + start, filled - start)
      filled -= start
      if filled == capacity { throw BenchError("\(rows) rows of the input are larger than \(capacity) bytes") }
    }
  }

  /// Where so many lines end, or, at the end of the input, what is left of it; nil if they are not all there.
  private static func end(
    ofLines count: Int, in buffer: UnsafeMutableRawPointer, _ range: Range<Int>, isLast: Bool
  ) -> Int? {
    var end = range.lowerBound
    for _ in 0..<count {
      guard let newline = memchr(buffer + end, 10, range.upperBound - end) else {
        return isLast && !range.isEmpty ? range.upperBound : nil
      }
      end = newline - buffer + 1
    }
    return end
  }

  static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
