import Inference
import QueueCore
import Tensors
import ZeroMQ

/// One request of JSON Lines, run alone, a fixed number of lines at a time.
///
/// Of each part of the content the good rows' predictions come out in the rows' order, a line each; every bad row gets
/// a line of its own in another part, and takes nobody with it: a slice that fails is taken apart until the guilty rows
/// stand alone. What is read, predicted and printed together depends on the part alone: rows of one part, as many as a
/// batch has, never those of two. So a part gives the same bytes however often it is tried and whatever it came with;
/// only a time-out, which depends on more than the content, changes which rows run together.
final class LinesRun: SlicedRun {
  private let job: ComputeJob
  private let model: any Model
  private let parser: RequestParser
  private let maxBatchSize: Int
  private var answers: [PartAnswer] = []
  /// The lines that have not been read.
  private var unread: ArraySlice<Lines> = []
  /// Of those that have been, what is still to run, the next one last. What failed is replaced by its pieces, so that
  /// whoever waits for the thread does not wait for all of them.
  private var pending: [Slice] = []
  private var fault: Fault?

  /// Lines of a part that are read together.
  private struct Lines {
    var part: Int
    var range: Range<Int>
  }

  private struct Slice {
    var part: Int
    var rows: [Int]
    var inputs: [Tensor]
  }

  /// What has become of a part so far.
  private struct PartAnswer {
    let predictions = RowLines()
    var errors = RowErrors()
    var rowsRead = 0
  }

  init(_ job: ComputeJob, model: any Model, maxBatchSize: Int, parser: RequestParser) {
    self.job = job
    self.model = model
    self.parser = parser
    self.maxBatchSize = maxBatchSize
    if let fault = job.faultOfLinesParts {
      self.fault = fault
      return
    }
    var rows = 0
    for (part, content) in job.parts.enumerated() {
      let runs = LineRuns(content.bytes, rowsPerRun: maxBatchSize)
      rows += runs.rows
      for range in runs.ranges { self.unread.append(Lines(part: part, range: range)) }
      self.answers.append(PartAnswer())
    }
    if rows > parser.instanceLimit {
      let message = "the payload has \(rows) lines, the limit is \(parser.instanceLimit)"
      self.fault = Fault(TensorError(.tooManyInstances, message))
    }
  }

  /// Reads the next lines. Their rows, of one shape or several, are the slices to be run.
  private func read(_ unread: Lines) throws(Fault) {
    let part = unread.part
    let lines = try self.parser.parseLines(self.job.parts[part], in: unread.range)
    let before = self.answers[part].rowsRead
    // Parts of a request are mostly as large as one another.
    if before == 0, part > 0 { self.answers[part].predictions.reserve(like: self.answers[part - 1].predictions) }
    self.answers[part].rowsRead += lines.rowCount
    for rejected in lines.rejected {
      self.answers[part].errors.add(row: before + rejected.row, Fault(rejected.error))
    }
    for group in lines.groups.reversed() {
      let rows = before == 0 ? group.rows : group.rows.map { before + $0 }
      self.pending.append(Slice(part: part, rows: rows, inputs: group.inputs))
    }
  }

  func runSlice(meter: inout EngineMeter) -> Bool {
    guard self.fault == nil else { return false }
    if self.pending.isEmpty {
      guard let lines = self.unread.popFirst() else { return false }
      do throws(Fault) {
        try self.read(lines)
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
    var parts: [Frame] = []
    var rows = 0
    var rowErrors: [StatusCode: Int] = [:]
    for answer in self.answers {
      parts.append(try answer.predictions.frame())
      parts.append(try answer.errors.frame())
      rows += answer.predictions.count
      rowErrors.merge(answer.errors.counts, uniquingKeysWith: +)
    }
    var result = self.job.success(parts, rows: rows, times)
    result.rowErrors = rowErrors
    return result
  }

  private func run(_ slice: Slice, meter: inout EngineMeter) {
    do {
      let outputs = try meter.call(for: [self.job.work.ticket]) {
        try self.model.run(slice.inputs, outputs: [], control: $0)
      }
      let named = zip(self.model.signature.outputs, outputs).map { NamedTensor($0.name, $1) }
      try self.answers[slice.part].predictions.append(named, rows: slice.rows)
    } catch {
      self.fault = self.job.fault(after: error)
      guard slice.rows.count > 1 else {
        return self.answers[slice.part].errors.add(row: slice.rows[0], Fault(error))
      }
      self.takeApart(slice, after: error)
    }
  }

  private func takeApart(_ slice: Slice, after error: any Error) {
    for range in Suspects.parts(of: slice.rows.count, after: error).reversed() {
      do throws(Fault) {
        self.pending.append(try self.part(of: slice, range))
      } catch {
        for row in slice.rows[range] { self.answers[slice.part].errors.add(row: row, error) }
      }
    }
  }

  private func part(of slice: Slice, _ range: Range<Int>) throws(Fault) -> Slice {
    do throws(TensorError) {
      var inputs: [Tensor] = []
      for input in slice.inputs { inputs.append(try input.rows(range)) }
      return Slice(part: slice.part, rows: Array(slice.rows[range]), inputs: inputs)
    } catch {
      throw Fault(error)
    }
  }
}
