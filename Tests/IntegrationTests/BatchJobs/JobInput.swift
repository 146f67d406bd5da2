import Testing

/// An input for a batch job on `digits`, made of the held-out rows again and again, with mistakes in known places, and
/// what must become of it.
struct JobInput {
  /// A row that cannot be predicted, as the errors file must tell it.
  struct BadRow: Decodable, Equatable {
    /// From 1, blank lines not counted.
    var row: Int
    /// From 1, all lines counted.
    var line: Int
    /// Bytes before it.
    var offset: Int
    var code: String
  }

  private static let mistakes = [
    "[1,2,3]", "not JSON at all", #"{"Y":[1]}"#, #"["a","b"]"#, "[", "null", "[[0,1],[2]]",
  ]

  /// The file.
  var path: String
  /// Rows, bad ones included.
  var rows: Int
  /// What the output must say, a prediction for each good row.
  var predictions: [DigitPrediction]
  /// What the errors file must say.
  var badRows: [BadRow]

  /// Writes an input. Every so many rows is bad; 0 for none.
  init(at path: String, rows count: Int, version: String, badEvery: Int) throws {
    let (rows, reference) = (try Digits.rows(), try Digits.reference(version: version))
    var text = ""
    var line = 0
    self.path = path
    self.rows = count
    self.predictions = []
    self.badRows = []
    for row in 0..<count {
      if badEvery > 0, row % 1009 == 500 {
        // Lines without anything but blanks are no rows.
        text += row % 2 == 0 ? "\n" : "  \t\r\n"
        line += 1
      }
      line += 1
      if badEvery > 0, row % badEvery == badEvery - 1 {
        self.badRows.append(BadRow(row: row + 1, line: line, offset: text.utf8.count, code: "INVALID_ARGUMENT"))
        text += Self.mistakes[self.badRows.count % Self.mistakes.count] + "\n"
      } else {
        self.predictions.append(reference[row % reference.count])
        text += rows[row % rows.count] + "\n"
      }
    }
    try writeText(text, to: path)
  }
}
