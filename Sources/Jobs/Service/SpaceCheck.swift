import AuguryClient
import QueueCore
import Store
import Tensors

/// Whether the output will fit on its disk, as far as that can be told before it is made: from how long the input's
/// first rows are, and from what the model delivers for each.
struct SpaceCheck {
  private static let sampleBytes = 256 << 10

  let job: NewJob
  /// The model's inputs and outputs, if they are known.
  let signature: Signature?

  /// Throws ``PredictionError``, `RESOURCE_EXHAUSTED`, that names what is needed and what is free. Touches the disk.
  func run() throws(PredictionError) {
    let directory = Paths.directory(of: self.job.output)
    let (needed, free): (UInt64, UInt64)
    do throws(FileError) {
      needed = try self.estimate()
      free = try Paths.freeBytes(directory)
    } catch {
      throw .invalid("UNUSABLE_PATH", error.description)
    }
    guard needed > free else { return }
    throw PredictionError(
      .resourceExhausted, reason: "NO_SPACE",
      message: "the output needs about \(needed) bytes, and the file system of '\(directory)' has \(free) free")
  }

  /// Bytes of the output, rather too few than too many: a job that finds no room later rests until there is some.
  func estimate() throws(FileError) -> UInt64 {
    let size = self.job.inputFingerprint.size
    let rows = try Double(size) / self.meanRowBytes()
    var bytes = rows * Double(self.bytesPerRow)
    if self.job.options.rows.join == .row { bytes += Double(size) }
    return UInt64(min(bytes, 1e18))
  }

  /// Bytes of a row of the input: those of the first ones, on average.
  private func meanRowBytes() throws(FileError) -> Double {
    let file = try OpenFile.forReading(self.job.input)
    var sample = [UInt8](repeating: 0, count: Self.sampleBytes)
    var failure: FileError?
    let count = sample.withUnsafeMutableBytes { buffer in
      do throws(FileError) {
        return try file.read(into: buffer, at: 0)
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    let lines = sample[..<count].count { $0 == 0x0A }
    // Without lines to count, as in an array or a compressed file: rows that are as long as can be.
    let isText = !self.job.options.rows.isCompressed && self.job.options.rows.inputFormat != .npy
    return isText && lines > 0 ? Double(count) / Double(lines) : max(1, Double(self.job.inputFingerprint.size))
  }

  /// Bytes that a row has in the output at least.
  private var bytesPerRow: Int {
    guard let signature = self.signature else { return 2 }
    let wanted = self.job.options.rows.outputs
    let outputs = signature.outputs.filter { wanted?.contains($0.name) ?? true }
    return outputs.reduce(1) { sum, output in
      // An unknown dimension is 1; the first one is the rows.
      let elements = (output.shape ?? []).dropFirst().reduce(1) { $0 * min(max($1, 1), 1 << 20) }
      // A digit and a comma, or what an array's element takes.
      let isArray = self.job.options.rows.outputFormat == .npy
      return sum + elements * (isArray ? 4 : 2) + (isArray ? 0 : output.name.utf8.count + 4)
    }
  }
}
