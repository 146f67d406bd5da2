import QueueCore
import Tensors
import ZeroMQ

/// A request's content as tensors that fit the model.
struct ParsedRequest: Sendable {
  /// Inputs, and the form of the reply.
  var content: TensorRequest

  /// The rows it adds to a batch.
  var rows: Int { max(self.content.rowCount, 1) }

  /// Whether two requests can share an engine call: their rows have the same shapes.
  func fits(with other: ParsedRequest) -> Bool {
    zip(self.content.inputs, other.content.inputs).allSatisfy {
      $0.rank == $1.rank && $0.shape.dropFirst() == $1.shape.dropFirst()
    }
  }
}

/// Reads contents for one model; one for each thread, since it keeps its working memory.
struct RequestParser {
  private let parser: JSONTensorParser

  init(signature: Signature) throws(TensorError) {
    self.parser = try JSONTensorParser(signature: signature)
  }

  /// Reads a JSON document or binary tensors. Throws a ``Fault`` that says what was wrong.
  func parse(_ parts: [Frame], as contentType: ContentType) throws(Fault) -> ParsedRequest {
    switch contentType {
    case .json:
      guard parts.count == 1 else { throw .wrongParts(parts.count, expected: "1, the JSON document") }
    case .tensors:
      guard !parts.isEmpty else { throw .wrongParts(0, expected: "a JSON header and a part for each tensor") }
    case .octets, .jsonLines:
      throw Fault(
        status: .invalidArgument, reason: "CONTENT_TYPE",
        message: "the content is \(contentType.mediaType), expected \(ContentType.json.mediaType), "
          + "\(ContentType.tensors.mediaType) or \(ContentType.jsonLines.mediaType)")
    }
    let document = parts[0]
    do {
      let buffers = parts.dropFirst().map { TensorBuffer($0) }
      return ParsedRequest(content: try self.parser.parseRequest(document.bytes, parts: buffers))
    } catch {
      throw Fault(error)
    }
  }

  /// The rows that a request may have.
  var instanceLimit: Int { self.parser.instanceLimit }

  /// Reads some of a content's JSON Lines; bad rows are listed in the result. Throws a ``Fault`` if nothing can be read
  /// at all.
  func parseLines(_ content: Frame, in range: Range<Int>) throws(Fault) -> TensorLines {
    do {
      return try self.parser.parseLines(content.bytes.extracting(range), at: range.lowerBound)
    } catch {
      throw Fault(error)
    }
  }
}
