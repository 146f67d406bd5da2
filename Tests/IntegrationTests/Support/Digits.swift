import FoundationEssentials
import Testing

/// What a version of `digits` says about one row.
struct DigitPrediction: Codable, Equatable, Sendable {
  var label: Int
  var probabilities: [Double]

  /// Whether it is the same but for the last bits: labels equal, probabilities within 1e-5.
  func agrees(with other: DigitPrediction) -> Bool {
    self.label == other.label && self.probabilities.count == other.probabilities.count
      && zip(self.probabilities, other.probabilities).allSatisfy { abs($0 - $1) <= 1e-5 }
  }
}

/// The example's rows that its models have not seen, and what Python's ONNX Runtime says about them.
enum Digits {
  /// The rows as they stand in the file, an array of 64 numbers each.
  static func rows() throws -> [String] {
    let text = readText("\(Self.folder)/heldout.jsonl")
    let rows = text.split(separator: "\n").map(String.init)
    try #require(rows.count == 450, "the example has 450 held-out rows")
    return rows
  }

  /// The same as numbers.
  static func pixels() throws -> [[Float]] {
    try readLines("\(Self.folder)/heldout.jsonl")
  }

  /// What Python says about each of them.
  static func reference(version: String) throws -> [DigitPrediction] {
    let reference: [DigitPrediction] = try readLines("\(Self.folder)/reference.\(version).jsonl")
    try #require(reference.count == 450, "there is a reference for each held-out row")
    return reference
  }

  /// Rows as one request in the form of `instances`.
  static func instances(_ rows: some Sequence<String>) -> String {
    #"{"instances":[\#(rows.joined(separator: ","))]}"#
  }

  /// The path of a version's model.
  static func model(_ version: String) -> String { "\(Programs.models)/digits/\(version)/model.onnx" }

  private static var folder: String { "\(Programs.packageRoot)/Examples/digits" }
}

/// A reply to a request in the form of `instances`.
struct InstancesReply: Decodable {
  var model: String
  var version: String
  var predictions: [DigitPrediction]

  enum CodingKeys: String, CodingKey {
    case model = "model_name"
    case version = "model_version"
    case predictions
  }
}

/// Holds predictions against what Python says, row for row.
func expectAgreement(
  _ predictions: [DigitPrediction], with reference: [DigitPrediction],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(predictions.count == reference.count, sourceLocation: sourceLocation)
  let different = zip(predictions, reference).enumerated().filter { !$0.element.0.agrees(with: $0.element.1) }
  #expect(different.isEmpty, "rows \(different.map(\.offset)) differ", sourceLocation: sourceLocation)
}
