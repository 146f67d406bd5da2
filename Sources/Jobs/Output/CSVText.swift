import Tensors

/// Cells of CSV as RFC 4180 has them.
enum CSVText {
  /// Appends a cell, in quotes if it must be.
  static func append(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    let needsQuotes = text.contains {
      $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r")
    }
    // Blanks at an end would be lost on readers that trim.
    guard needsQuotes || Self.isBlank(text.first) || Self.isBlank(text.last) else {
      output.append(contentsOf: text)
      return
    }
    output.append(UInt8(ascii: "\""))
    for byte in text {
      if byte == UInt8(ascii: "\"") { output.append(byte) }
      output.append(byte)
    }
    output.append(UInt8(ascii: "\""))
  }

  private static func isBlank(_ byte: UInt8?) -> Bool {
    byte == .some(UInt8(ascii: " ")) || byte == .some(UInt8(ascii: "\t"))
  }

  /// Appends a JSON value as a cell: of a string what it says, of anything else its text.
  static func append(json: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    guard json.first == UInt8(ascii: "\"") else { return Self.append(json, to: &output) }
    var text: [UInt8] = []
    text.reserveCapacity(json.count)
    JSONText.append(contentOf: json, to: &text)
    text.withUnsafeBytes { Self.append($0, to: &output) }
  }

  /// A record of these cells with its line feed.
  static func record(_ cells: [String]) -> [UInt8] {
    var record: [UInt8] = []
    for (index, cell) in cells.enumerated() {
      if index > 0 { record.append(UInt8(ascii: ",")) }
      Array(cell.utf8).withUnsafeBytes { Self.append($0, to: &record) }
    }
    record.append(UInt8(ascii: "\n"))
    return record
  }
}
