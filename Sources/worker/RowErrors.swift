import QueueCore
import ZeroMQ

/// The rows of a request of JSON Lines that have no prediction, each a line `{"row":…,"code":…,"message":…}`.
struct RowErrors {
  private var faults: [(row: Int, fault: Fault)] = []

  /// Notes why a row, counted from 0 within the request, has no prediction.
  mutating func add(row: Int, _ fault: Fault) {
    self.faults.append((row, fault))
  }

  /// How many rows ended with each status.
  var counts: [StatusCode: Int] {
    self.faults.reduce(into: [:]) { $0[$1.fault.status, default: 0] += 1 }
  }

  /// The lines as a message part, in the order of the rows.
  func frame() throws(ZMQError) -> Frame {
    var text = ""
    for (row, fault) in self.faults.sorted(by: { $0.row < $1.row }) {
      text += "{\"row\":\(row),\"code\":\"\(fault.status.name)\",\"message\":\"\(Self.escaped(fault.message))\"}\n"
    }
    return try Frame(copying: Array(text.utf8).span.bytes)
  }

  /// Text as it may stand between the quotes of a JSON string.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
