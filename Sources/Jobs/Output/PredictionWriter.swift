/// Writes the predictions of a chunk's rows in the form of the output.
protocol PredictionWriter: AnyObject {
  /// Appends what a row's line of the worker's answer becomes.
  ///
  /// Throws ``AnswerFault`` if it is not what the model's signature promises.
  func append(
    _ prediction: UnsafeRawBufferPointer, lead: ArraySlice<UInt8>, to output: inout [UInt8]
  ) throws(AnswerFault)
}
