import FoundationEssentials
import QueueCore
import ZeroMQ

/// A row that the worker could not predict, as it says so.
struct BadRow: Decodable {
  /// The row, from 0 within the request.
  let row: Int
  let code: String
  let message: String

  var status: StatusCode { StatusCode(name: self.code) ?? .unknown }

  /// Reads the second part of an answer to so many rows: rows in ascending order, each once.
  static func decode(_ part: Frame, count: Int) throws(AnswerFault) -> [BadRow] {
    guard part.byteCount > 0 else { return [] }
    var array: [UInt8] = [UInt8(ascii: "[")]
    array.reserveCapacity(part.byteCount + 2)
    part.withUnsafeBytes { array.append(contentsOf: $0) }
    while array.last == UInt8(ascii: "\n") { array.removeLast() }
    for index in array.indices where array[index] == UInt8(ascii: "\n") { array[index] = UInt8(ascii: ",") }
    array.append(UInt8(ascii: "]"))
    let rows: [BadRow]
    do {
      rows = try JSONDecoder().decode([BadRow].self, from: Data(array))
    } catch {
      throw AnswerFault(message: "the worker's list of bad rows cannot be read")
    }
    var next = 0
    for row in rows {
      guard row.row >= next, row.row < count else {
        throw AnswerFault(message: "the worker's list of bad rows names row \(row.row), expected \(next)..<\(count)")
      }
      guard let status = StatusCode(name: row.code), status != .ok else {
        throw AnswerFault(message: "the worker's list of bad rows has the code '\(row.code)', which is none")
      }
      next = row.row + 1
    }
    return rows
  }
}
