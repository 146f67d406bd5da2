import Inference
import QueueCore
import Tensors
import ZeroMQ

/// One request of JSON Lines, run alone, a fixed number of lines at a time.
///
/// The good rows' predictions come out in the rows' order, a line each; every bad row gets a line of its own in another
/// part, and takes nobody with it: a slice that fails is taken apart until the guilty rows stand alone. What is read,
/// predicted and printed together depends on the content alone, so the same content gives the same bytes however often
/// it is tried, and one request of many lines the same as several of few; only a time-out, which depends on more than
/// the content, changes which rows run together.
final class LinesRun: SlicedRun {
  private let job: ComputeJob
  private let model: any Model
  private let parser: RequestParser
  private let maxBatchSize: Int
  private let predictions = RowLines()
  private var errors = RowErrors()
  /// The lines that have not been read.
  private var unread: ArraySlice<Range<Int>> = []
  /// Rows of the lines that have been.
  private var rowsRead = 0
  /// Of those, what is still to run, the next one last. What failed is replaced by its parts, so that whoever waits for
  /// the thread does not wait for all of them.
  private var pending: [Slice] = []
  private var fault: Fault?

  private struct Slice {
    var rows: [Int]
    var inputs: [Tensor]
  }

  init(_ job: ComputeJob, model: any Model, maxBatchSize: Int, parser: RequestParser) {
    self.job = job
    self.model = model
    self.parser = parser
    self.maxBatchSize = maxBatchSize
    guard job.parts.count == 1 else {
      self.fault = .wrongParts(job.parts.count, expected: "1, the lines")
      return
    }
    let content = job.parts[0]
    let runs = LineRuns(content.bytes, rowsPerRun: maxBatchSize)
    if runs.rows > parser.instanceLimit {
      let message = "the payload has \(runs.rows) lines, the limit is \(parser.instanceLimit)"
      self.fault = Fault(TensorError(.tooManyInstances, message))
    } else {
      self.unread = runs.ranges[...]
    }
  }

  /// Reads the next lines. Their rows, of one shape or several, are the slices to be run.
  private func read(_ range: Range<Int>) throws(Fault) {
    let lines = try self.parser.parseLines(self.job.parts[0], in: range)
    let before = self.rowsRead
    self.rowsRead += lines.rowCount
    for rejected in lines.rejected { self.errors.add(row: before + rejected.row, Fault(rejected.error)) }
    for group in lines.groups.reversed() {
      self.pending.append(Slice(rows: before == 0 ? group.rows : group.rows.map { before + $0 }, inputs: group.inputs))
    }
  }

  func runSlice(meter: inout EngineMeter) -> Bool {
    guard self.fault == nil else { return false }
    if self.pending.isEmpty {
      guard let range = self.unread.popFirst() else { return false }
      do throws(Fault) {
        try self.read(range)
      } catch {
        self.fault = error
        return false
      }
    }
    if let slice = self.pending.popLast() { self.run(slice, meter: &meter) }
    return true
  }

  func finish(_ times: WorkTimes) throws(ZMQError) -> ComputeResult {
    if let fault = self.fault { return try self.job.failure(fault, times) }
    let parts = [try self.predictions.frame(), try self.errors.frame()]
    var result = self.job.success(parts, rows: self.predictions.count, times)
    result.rowErrors = self.errors.counts
    return result
  }

  private func run(_ slice: Slice, meter: inout EngineMeter) {
    do {
      let outputs = try meter.call(for: [self.job.work.ticket]) {
        try self.model.run(slice.inputs, outputs: [], control: $0)
      }
      let named = zip(self.model.signature.outputs, outputs).map { NamedTensor($0.name, $1) }
      try self.predictions.append(named, rows: slice.rows)
    } catch {
      self.fault = self.job.fault(after: error)
      guard slice.rows.count > 1 else { return self.errors.add(row: slice.rows[0], Fault(error)) }
      self.takeApart(slice, after: error)
    }
  }

  private func takeApart(_ slice: Slice, after error: any Error) {
    for range in Suspects.parts(of: slice.rows.count, after: error).reversed() {
      do throws(Fault) {
        self.pending.append(try self.part(of: slice, range))
      } catch {
        for row in slice.rows[range] { self.errors.add(row: row, error) }
      }
    }
  }

  private func part(of slice: Slice, _ range: Range<Int>) throws(Fault) -> Slice {
    do throws(TensorError) {
      var inputs: [Tensor] = []
      for input in slice.inputs { inputs.append(try input.rows(range)) }
      return Slice(rows: Array(slice.rows[range]), inputs: inputs)
    } catch {
      throw Fault(error)
    }
  }
}
