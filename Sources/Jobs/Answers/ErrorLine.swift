import QueueCore
import Tensors

/// A line of the errors file: which row, where it stands in the input, and why it has no prediction.
///
/// It holds nothing that differs between two runs of a job, such as the name of a worker.
struct ErrorLine {
  let place: RowPlace
  /// What names the row, as JSON; empty if nothing does.
  let id: ArraySlice<UInt8>
  let code: StatusCode
  let message: String

  /// The line with its line feed.
  var bytes: [UInt8] {
    var line = Array("{\"row\":\(self.place.number)".utf8)
    if !self.id.isEmpty {
      line += Array(",\"id\":".utf8)
      line += self.id
    }
    line += Array(",\"line\":\(self.place.line),\"offset\":\(self.place.offset)".utf8)
    line += Array(",\"code\":\"\(self.code.name)\",\"message\":".utf8)
    line += JSONText.string(self.message)
    line += Array("}\n".utf8)
    return line
  }
}

extension InputChunk {
  /// The line for one of the chunk's rows, counted from 0.
  func errorLine(_ row: Int, code: StatusCode, message: String) -> [UInt8] {
    ErrorLine(place: self.rows[row], id: self.labels.id(row), code: code, message: message).bytes
  }

  func errorLine(_ refused: RefusedRow) -> [UInt8] {
    self.errorLine(refused.row, code: refused.refusal.code, message: refused.refusal.message)
  }
}
