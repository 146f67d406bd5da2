import Tensors

/// Words for what went wrong, or for that nothing did.
func failure<Result>(_ body: @autoclosure () throws(TensorError) -> Result) -> TensorError? {
  do throws(TensorError) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

extension JSONTensorParser {
  func request(_ json: String, parts: [TensorBuffer] = []) throws(TensorError) -> TensorRequest {
    let bytes = Array(json.utf8)
    return try self.parseRequest(bytes.span.bytes, parts: parts)
  }

  func lines(_ text: String) throws(TensorError) -> TensorLines {
    let bytes = Array(text.utf8)
    return try self.parseLines(bytes.span.bytes)
  }
}

extension TensorReplyParser {
  func reply(_ json: String, parts: [TensorBuffer] = []) throws(TensorError) -> TensorReply {
    let bytes = Array(json.utf8)
    return try self.parseReply(bytes.span.bytes, parts: parts)
  }
}

extension ByteBuffer {
  var text: String { self.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

/// A parser for inputs given as name, type and shape.
func parser(
  _ inputs: [(String, DataType, [Int]?)], outputs: [(String, DataType, [Int]?)] = [("y", .fp32, [-1, 2])],
  limit: Int = JSONTensorParser.defaultInstanceLimit
) throws(TensorError) -> JSONTensorParser {
  let signature = Signature(
    inputs: inputs.map { TensorSpec(name: $0.0, dataType: $0.1, shape: $0.2) },
    outputs: outputs.map { TensorSpec(name: $0.0, dataType: $0.1, shape: $0.2) })
  return try JSONTensorParser(signature: signature, instanceLimit: limit)
}
