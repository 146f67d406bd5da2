import Tensors

/// Writes CSV: a column for each element of an output whose rows have a fixed shape, one of JSON text for others.
final class CSVWriter: PredictionWriter {
  /// The most columns that outputs may make up.
  static let columnLimit = 65_536

  private let selection: OutputSelection
  /// Elements of a row of each output; nil if that is not fixed.
  private let sizes: [Int?]
  private let members = JSONMembers()
  /// The first record.
  let head: [UInt8]

  /// Throws ``RowPlanError`` if two columns would have one name, or there would be too many.
  init(_ selection: OutputSelection, lead: [String]) throws(RowPlanError) {
    self.selection = selection
    var names = lead
    var sizes: [Int?] = []
    for spec in selection.specs {
      guard let shape = spec.shape?.dropFirst(), !shape.contains(-1), let size = Shape.elementCount(shape) else {
        names.append(spec.name)
        sizes.append(nil)
        continue
      }
      guard size <= Self.columnLimit else {
        throw RowPlanError(
          "CSV_COLUMNS", "output \"\(spec.name)\" would be \(size) columns, expected at most \(Self.columnLimit)")
      }
      names += (0..<size).map { Self.name(of: $0, in: spec.name, shape: Array(shape)) }
      sizes.append(size)
    }
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw RowPlanError("CSV_COLUMNS", "column \"\(name)\" would stand twice in the output")
    }
    self.sizes = sizes
    self.head = CSVText.record(names)
  }

  /// Such as `probabilities[3]`, or `scores[1][0]` for rows of two dimensions.
  private static func name(of element: Int, in output: String, shape: [Int]) -> String {
    var indices: [Int] = []
    var rest = element
    for size in shape.reversed() {
      indices.append(rest % size)
      rest /= size
    }
    return output + indices.reversed().map { "[\($0)]" }.joined()
  }

  func append(
    _ prediction: UnsafeRawBufferPointer, lead: ArraySlice<UInt8>, to output: inout [UInt8]
  ) throws(AnswerFault) {
    let start = output.count
    output += lead
    let values = try self.selection.values(in: prediction, self.members)
    var isFirst = true
    for (index, value) in values.enumerated() {
      let json = UnsafeRawBufferPointer(rebasing: prediction[value])
      guard let size = self.sizes[index] else {
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        CSVText.append(json, to: &output)
        continue
      }
      var count = 0
      JSONScalars.forEach(in: json) { scalar in
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        count += 1
        CSVText.append(json: scalar, to: &output)
      }
      guard count == size else {
        throw AnswerFault(
          message: "the worker answered \(count) values of output \"\(self.selection.specs[index].name)\", "
            + "expected \(size)")
      }
    }
    // A line with nothing on it would be no record.
    if output.count == start { output += Array("\"\"".utf8) }
    output.append(UInt8(ascii: "\n"))
  }
}

/// The scalars of nested JSON arrays, in order.
enum JSONScalars {
  /// Calls the body with the text of each. The text must be JSON; an object counts as a scalar.
  static func forEach(in json: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
    var start: Int?
    var braces = 0
    var isInString = false
    var isEscaped = false
    func end(at place: Int) {
      if let first = start { body(UnsafeRawBufferPointer(rebasing: json[first..<place])) }
      start = nil
    }
    for (place, byte) in json.enumerated() {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\t"):
        if braces == 0 { end(at: place) }
        continue
      case UInt8(ascii: "{"): braces += 1
      case UInt8(ascii: "}"): braces -= 1
      case UInt8(ascii: "\""): isInString = true
      default: break
      }
      if start == nil { start = place }
    }
    end(at: json.count)
  }
}
