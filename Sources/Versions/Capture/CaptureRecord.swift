import AuguryClient
import FoundationEssentials
import QueueCore
import Store
import Tensors
import ZeroMQ

/// Captured predictions as lines of JSON.
enum CaptureRecord {
  /// The line of a prediction, with its line end.
  ///
  /// Content that is JSON stands there as it is, on one line; all other content is an array of its parts in Base64. An
  /// answer that is no prediction is its reason and message.
  static func line(of prediction: CapturedPrediction) -> [UInt8] {
    // Names have no characters that JSON would want escaped.
    var line = Array(
      """
      {"time":\(prediction.answeredAt),"id":"\(prediction.id)","model":"\(prediction.model)",\
      "version":"\(prediction.version)","epoch":\(prediction.epoch),"status":"\(prediction.status.name)",\
      "probability":\(prediction.probability),"input":
      """.utf8)
    Self.append(prediction.input, to: &line)
    if prediction.status == .ok {
      line += Array(#","output":"#.utf8)
      Self.append(prediction.output, to: &line)
    } else {
      line += Array(#","error":"#.utf8) + Self.failure(prediction.output)
    }
    return line + [UInt8(ascii: "}"), UInt8(ascii: "\n")]
  }

  private static func append(_ content: CapturedContent, to line: inout [UInt8]) {
    line += Array(#"{"content_type":"\#(content.contentType.mediaType)","#.utf8)
    if content.contentType == .json, content.parts.count == 1,
      let document = JSONDocument.onOneLine(content.parts[0].withUnsafeBytes { [UInt8]($0) })
    {
      line += Array(#""content":"#.utf8) + document
    } else {
      let parts = content.parts.map { part in
        "\"\(part.withUnsafeBytes { Data($0) }.base64EncodedString())\""
      }
      line += Array(#""parts":[\#(parts.joined(separator: ","))]"#.utf8)
    }
    line.append(UInt8(ascii: "}"))
  }

  private static func failure(_ content: CapturedContent) -> [UInt8] {
    struct Failure: Encodable {
      var reason: String
      var message: String
    }
    var failure = Failure(reason: "", message: "")
    if let part = content.parts.first, let detail = try? ErrorDetail(decoding: part.bytes) {
      failure = Failure(reason: detail.reason, message: detail.message)
    }
    // Two texts always have a JSON form.
    return (try? ControlCoding.encode(failure)) ?? Array("{}".utf8)
  }

  // MARK: Reading

  /// What a line says of its prediction.
  struct Head: Decodable {
    var time: Double
    var id: PredictionID
    var version: String

    private enum CodingKeys: CodingKey {
      case time
      case id
      case version
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      self.time = try container.decode(Double.self, forKey: .time)
      self.version = try container.decode(String.self, forKey: .version)
      guard let id = PredictionID(try container.decode(String.self, forKey: .id)) else {
        throw DecodingError.dataCorruptedError(forKey: .id, in: container, debugDescription: "no prediction id")
      }
      self.id = id
    }
  }

  /// Reads a line without its end; nil if it is none of ours.
  static func head(of line: ArraySlice<UInt8>) -> Head? {
    do throws(PredictionError) {
      return try ControlCoding.decode(Head.self, from: Array(line))
    } catch {
      return nil
    }
  }

  /// A line without its end, with what turned out to be true put into it.
  static func text(of line: ArraySlice<UInt8>, with feedback: GivenFeedback?) -> String {
    guard let feedback else { return String(decoding: line, as: UTF8.self) }
    struct Truth: Encodable {
      var truth: [PlainValue]
      var time: Double

      enum CodingKeys: String, CodingKey {
        case truth
        case time = "truth_time"
      }
    }
    let truth = Truth(truth: feedback.truth.map(PlainValue.init), time: feedback.givenAt)
    guard let bytes = try? ControlCoding.encode(truth) else { return String(decoding: line, as: UTF8.self) }
    return String(decoding: line.dropLast() + [UInt8(ascii: ",")] + bytes.dropFirst(), as: UTF8.self)
  }

  /// A value as plain JSON: a class is a text, a quantity a number.
  private struct PlainValue: Encodable {
    var value: RowValue

    init(_ value: RowValue) {
      self.value = value
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self.value {
      case .label(let text): try container.encode(text)
      case .number(let number): try container.encode(number)
      }
    }
  }
}
