import Inference
import QueueCore
import Tensors
import ZeroMQ

/// JSON Lines echoed row by row, in slices; a slice that fails is taken apart until the guilty rows stand alone.
final class EchoLinesRun: SlicedRun {
  private let job: ComputeJob
  private let runner: EchoRunner
  private let sliceRows: Int
  /// What has become of each part up to the one that is being read.
  private var answers = [PartAnswer()]
  private var lines = LineCutter()
  /// Rows read of the last of these parts.
  private var rowsRead = 0
  /// Pieces of slices that failed, the next one last. They go before what has not been read.
  private var pending: [[Row]] = []
  private var rows = 0
  private var fault: Fault?

  private struct Row {
    var number: Int
    var bytes: Range<Int>
  }

  private struct PartAnswer {
    var output: [UInt8] = []
    var errors = RowErrors()
  }

  private var part: Int { self.answers.count - 1 }

  init(_ job: ComputeJob, _ runner: EchoRunner, sliceRows: Int) {
    self.job = job
    self.runner = runner
    self.sliceRows = sliceRows
  }

  func runSlice(meter: inout EngineMeter) -> Bool {
    guard self.fault == nil else { return false }
    let slice = self.pending.popLast() ?? self.readSlice()
    guard !slice.isEmpty else { return false }
    let content = self.text(of: slice)
    do {
      try self.runner.call(
        [self.job.work.ticket], { [TensorBuffer(TensorMemory(copying: content))] }, &meter)
      self.answers[self.part].output.append(contentsOf: content)
      self.rows += slice.count
    } catch {
      self.fault = self.job.fault(after: error)
      if slice.count == 1 {
        self.answers[self.part].errors.add(row: slice[0].number, Fault(error))
      } else {
        for range in Suspects.parts(of: slice.count, after: error).reversed() {
          self.pending.append(Array(slice[range]))
        }
      }
    }
    return true
  }

  /// The next rows of one part; none if all parts have been read.
  private func readSlice() -> [Row] {
    var slice: [Row] = []
    while true {
      let content = self.job.parts[self.part]
      while slice.count < self.sliceRows, let line = self.lines.next(in: content.bytes) {
        slice.append(Row(number: self.rowsRead, bytes: line))
        self.rowsRead += 1
      }
      guard slice.isEmpty, self.answers.count < self.job.parts.count else { return slice }
      self.answers.append(PartAnswer())
      self.lines = LineCutter()
      self.rowsRead = 0
    }
  }

  private func text(of slice: [Row]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(slice.reduce(0) { $0 + $1.bytes.count + 1 })
    self.job.parts[self.part].withUnsafeBytes { content in
      for row in slice {
        text.append(contentsOf: content[row.bytes])
        text.append(UInt8(ascii: "\n"))
      }
    }
    return text
  }

  func finish(_ times: WorkTimes) throws(ZMQError) -> ComputeResult {
    if let fault = self.fault { return try self.job.failure(fault, times) }
    var parts: [Frame] = []
    var rowErrors: [StatusCode: Int] = [:]
    for answer in self.answers {
      parts.append(try Frame(copying: answer.output.span.bytes))
      parts.append(try answer.errors.frame())
      rowErrors.merge(answer.errors.counts, uniquingKeysWith: +)
    }
    var result = self.job.success(parts, rows: self.rows, times)
    result.rowErrors = rowErrors
    return result
  }
}
