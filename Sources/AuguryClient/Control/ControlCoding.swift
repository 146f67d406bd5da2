import FoundationEssentials
public import QueueCore

/// Turns the bodies of control calls into JSON and back.
public enum ControlCoding {
  /// The body's bytes: compact JSON with its keys in alphabetical order.
  ///
  /// Throws ``PredictionError`` with code `INTERNAL` if the value has no JSON form, for example a number that is not
  /// finite.
  public static func encode<Body: Encodable>(_ body: Body) throws(PredictionError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return [UInt8](try encoder.encode(body))
    } catch {
      throw PredictionError(
        .internal, reason: "ENCODING_FAILED", message: "\(Body.self) has no JSON form: \(Self.explain(error))",
        cause: error)
    }
  }

  /// Reads a body.
  ///
  /// Throws ``PredictionError`` with `code` if the bytes are not JSON of this type; its message names the field.
  /// Unknown fields are ignored.
  public static func decode<Body: Decodable>(
    _ type: Body.Type, from bytes: [UInt8], otherwise code: StatusCode = .invalidArgument
  ) throws(PredictionError) -> Body {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw PredictionError(
        PredictionError.Code(code), reason: "INVALID_BODY", message: "not a \(type): \(Self.explain(error))",
        cause: error)
    }
  }

  private static func explain(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      "field '\(Self.path(context.codingPath + [key]))' is missing"
    case DecodingError.valueNotFound(let type, let context):
      "field '\(Self.path(context.codingPath))' is null, expected \(type)"
    case DecodingError.typeMismatch(let type, let context):
      "field '\(Self.path(context.codingPath))' has the wrong type, expected \(type)"
    case DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "not valid JSON" : "field '\(Self.path(context.codingPath))': \(context.debugDescription)"
    case EncodingError.invalidValue(_, let context):
      "field '\(Self.path(context.codingPath))': \(context.debugDescription)"
    default: "\(error)"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.isEmpty ? "(whole)" : keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
  }
}
