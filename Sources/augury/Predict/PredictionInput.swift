/// What there is to predict: one document, or rows.
enum PredictionInput {
  case document([UInt8])
  case rows(RowReader)

  /// The most bytes a document may have; those of JSON Lines are not counted.
  static let maximumDocumentBytes = 64 << 20

  /// Reads as much as tells which it is. Throws ``InputError``.
  static func open(_ chunks: ChunkReader) async throws(InputError) -> PredictionInput {
    var shape = InputShape()
    var head: [UInt8] = []
    while true {
      let chunk = try await chunks.next()
      shape.look(at: chunk)
      head += chunk
      let verdict = chunk.isEmpty ? shape.end() : shape.verdict
      switch verdict {
      case .rows:
        return .rows(RowReader(chunks, startingWith: head, isAtEnd: chunk.isEmpty))
      case .document:
        return .document(head)
      case .undecided:
        guard head.count <= Self.maximumDocumentBytes else {
          throw InputError(
            message: "the JSON object that begins the input does not end within "
              + "\(Units.bytes(Self.maximumDocumentBytes)), the most a document may have")
        }
      }
    }
  }
}
