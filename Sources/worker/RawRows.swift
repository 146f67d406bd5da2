import Tensors

/// Rows of outputs that several requests share; they go out as they are, a part for each output, and are copied only
/// then.
struct RawRows: Sendable {
  /// The outputs in the order wanted, each with the rows of all requests and a fixed number of bytes a row.
  let outputs: [Tensor]
  /// The rows that are this request's.
  let rows: Range<Int>

  /// Where in an output's bytes the rows are.
  func bytes(in output: Tensor) -> Range<Int> {
    let bytesPerRow = output.buffer.count / output.shape[0]
    return rows.lowerBound * bytesPerRow..<rows.upperBound * bytesPerRow
  }
}
