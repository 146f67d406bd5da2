import QueueCore

/// A line of the errors file: which row, where it stands in the input, and why it has no prediction.
///
/// It holds nothing that differs between two runs of a job, such as the name of a worker.
struct ErrorLine {
  /// The row's number in the input, from 1; blank lines are not counted.
  let row: UInt64
  let place: RowPlace
  let code: StatusCode
  let message: String

  /// The line with its line feed.
  var bytes: [UInt8] {
    var text = "{\"row\":\(self.row),\"line\":\(self.place.line),\"offset\":\(self.place.offset)"
    text += ",\"code\":\"\(self.code.name)\",\"message\":\""
    Self.escape(self.message, into: &text)
    text += "\"}\n"
    return Array(text.utf8)
  }

  private static func escape(_ message: String, into text: inout String) {
    for scalar in message.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}

extension InputChunk {
  /// The line for one of the chunk's rows, counted from 0.
  func errorLine(_ row: Int, code: StatusCode, message: String) -> [UInt8] {
    ErrorLine(row: self.firstRow + UInt64(row), place: self.rows[row], code: code, message: message).bytes
  }
}
