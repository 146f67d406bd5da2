/// How far a job's files are complete: what a runner needs to go on as if it had never stopped.
///
/// All lengths are those of the `.partial` files. A checkpoint is committed only after the bytes it counts are on
/// disk; whatever the files hold beyond it is cut off when the job goes on.
public struct JobCheckpoint: Hashable, Sendable, BitwiseCopyable {
  /// Chunks that are written; also the sequence number of the next one.
  public var chunks: UInt64
  /// Lines of the input that are done with, blank ones among them.
  public var lines: UInt64
  /// Bytes of the input that are done with.
  public var inputOffset: UInt64
  /// Bytes of the output.
  public var outputLength: UInt64
  /// Bytes of the errors file.
  public var errorsLength: UInt64
  /// Rows that have their prediction in the output.
  public var predictedRows: UInt64
  /// Rows that have their line in the errors file.
  public var failedRows: UInt64

  /// Makes a checkpoint.
  public init(
    chunks: UInt64, lines: UInt64, inputOffset: UInt64, outputLength: UInt64, errorsLength: UInt64,
    predictedRows: UInt64, failedRows: UInt64
  ) {
    self.chunks = chunks
    self.lines = lines
    self.inputOffset = inputOffset
    self.outputLength = outputLength
    self.errorsLength = errorsLength
    self.predictedRows = predictedRows
    self.failedRows = failedRows
  }

  /// Nothing is done yet.
  public static let start = JobCheckpoint(
    chunks: 0, lines: 0, inputOffset: 0, outputLength: 0, errorsLength: 0, predictedRows: 0, failedRows: 0)

  /// Rows that are written, to either file.
  public var rows: UInt64 { self.predictedRows + self.failedRows }

  /// Whether the files hold the same by this checkpoint as by another.
  func hasSameFiles(as other: JobCheckpoint) -> Bool {
    self.rows == other.rows && self.outputLength == other.outputLength && self.errorsLength == other.errorsLength
  }

  /// The checkpoint after one more chunk.
  func advanced(past chunk: ChunkExtent, wrote outcome: PartOutcome) -> JobCheckpoint {
    precondition(
      UInt64(outcome.predictedRows) + UInt64(outcome.failedRows) == UInt64(chunk.rows),
      "A chunk of \(chunk.rows) rows cannot end with \(outcome.predictedRows) and \(outcome.failedRows)")
    return JobCheckpoint(
      chunks: self.chunks + 1,
      lines: chunk.endLine,
      inputOffset: chunk.endOffset,
      outputLength: self.outputLength + outcome.outputBytes,
      errorsLength: self.errorsLength + outcome.errorBytes,
      predictedRows: self.predictedRows + UInt64(outcome.predictedRows),
      failedRows: self.failedRows + UInt64(outcome.failedRows))
  }
}
