import QueueCore

/// Finds where the records of an input begin and end, in order. What is between them is passed over.
protocol RecordCutter {
  /// Where the next record is looked for.
  var place: Int { get }
  /// Lines of the input before that.
  var lines: UInt64 { get }

  /// Finds the next record.
  mutating func next(in window: InputWindow) -> Cut

  /// Goes to where a record begins, after so many lines.
  mutating func jump(to place: Int, lines: UInt64)
}

/// What a cutter found.
enum Cut {
  case record(Record)
  /// More must be read; what lies before this place is not needed any more.
  case needsBytes(keeping: Int)
  /// There is no further record.
  case end
  /// The input is not what its beginning says.
  case damaged(String)
}

/// A record as it stands in the window.
struct Record {
  /// Its bytes, without the end of its line.
  var content: Range<Int>
  /// Where the line feed after it is, if there is one.
  var lineFeed: Int?
  /// Where it begins.
  var start: Int
  /// Where what follows it begins.
  var end: Int
  /// Its line, from 1; for one of several lines the first.
  var line: UInt64
  /// Lines of the input up to its end.
  var endLine: UInt64
  /// For a record that is too long to be held: its bytes.
  var overlongBytes: UInt64?
}

/// Why a row is not sent.
struct Refusal: Hashable, Sendable {
  let code: StatusCode
  let message: String

  init(_ message: String, code: StatusCode = .invalidArgument) {
    self.code = code
    self.message = message
  }

  /// A row that alone is more than a request may be.
  static func tooLong(_ bytes: UInt64, limit: Int, as form: String = "") -> Refusal {
    Refusal("the row has \(bytes) bytes\(form), expected at most \(limit - 1)")
  }
}
