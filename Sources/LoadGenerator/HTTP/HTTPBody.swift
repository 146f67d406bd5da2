import QueueCore

/// The body of a request, at one address for as long as it is held; many threads send it.
final class HTTPBody: @unchecked Sendable {
  // Unchecked because of the pointer: what it points to never changes.
  let bytes: UnsafeRawBufferPointer
  /// Header lines that say what it is.
  let headers: [String]

  /// Puts the parts of a payload behind one another.
  init(_ payload: LoadPayload) {
    let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, payload.byteCount), alignment: 64)
    var offset = 0
    for part in payload.parts {
      UnsafeMutableRawBufferPointer(rebasing: whole[offset..<(offset + part.count)]).copyBytes(from: part)
      offset += part.count
    }
    self.bytes = UnsafeRawBufferPointer(rebasing: whole[..<payload.byteCount])
    // Without the last one libcurl asks first whether a large body is welcome, and waits for a word.
    self.headers =
      payload.contentType == .tensors
      ? [
        "Content-Type: application/octet-stream", "Inference-Header-Content-Length: \(payload.parts[0].count)",
        "Expect:",
      ]
      : ["Content-Type: application/json", "Expect:"]
  }

  deinit { self.bytes.deallocate() }
}
