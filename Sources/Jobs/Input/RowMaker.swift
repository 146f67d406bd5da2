/// Makes of a record what is sent for it, and what is kept of it for the output.
protocol RowMaker: AnyObject {
  /// Fills an empty draft. A record that cannot be sent gets a refusal, and its id if that could be read.
  func make(_ record: UnsafeRawBufferPointer, into draft: inout RowDraft)
}
