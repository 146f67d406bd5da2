import CSimdjson

/// Reads replies of the Open Inference Protocol, JSON alone or with parts of raw bytes; one per thread, reused.
public final class TensorReplyParser {
  private let handle = ParserHandle()

  /// Makes a parser.
  public init() {}

  /// Decodes a reply: its JSON and, for tensors that announce them, one part of raw bytes each, in order.
  ///
  /// Throws what was wrong, where, and what was expected.
  public func parseReply(_ json: RawSpan, parts: [TensorBuffer] = []) throws(TensorError) -> TensorReply {
    try json.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(TensorError) in
      try self.handle.check(csj_parse_reply(self.handle.raw, bytes.baseAddress, bytes.count))
    }
    let summary = self.handle.summary
    return TensorReply(
      modelName: ParserHandle.string(summary.model_name),
      modelVersion: ParserHandle.string(summary.model_version),
      id: summary.has_id ? ParserHandle.string(summary.id) : nil,
      outputs: try BinaryParts.fill(self.handle, with: parts))
  }
}
