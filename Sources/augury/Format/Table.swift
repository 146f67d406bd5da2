/// Rows of text in aligned columns, two blanks apart.
struct Table {
  enum Alignment {
    case left
    case right
  }

  struct Column {
    var title: String
    var alignment: Alignment

    static func left(_ title: String) -> Column {
      Column(title: title, alignment: .left)
    }

    static func right(_ title: String) -> Column {
      Column(title: title, alignment: .right)
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Adds a row. It has a cell for each column.
  mutating func append(_ cells: [String]) {
    precondition(cells.count == self.columns.count, "a row has as many cells as there are columns")
    self.rows.append(cells.map(OneLine.text))
  }

  /// The lines, the titles first unless they are all empty, without blanks at their ends.
  var lines: [String] {
    let titles = self.columns.map(\.title)
    let all = titles.allSatisfy(\.isEmpty) ? self.rows : [titles] + self.rows
    let widths = self.columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { cells in
      let padded = zip(cells, zip(self.columns, widths)).map { cell, column in
        let blanks = String(repeating: " ", count: column.1 - cell.count)
        return column.0.alignment == .left ? cell + blanks : blanks + cell
      }
      var line = padded.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// The lines as text, each with its end.
  var text: String {
    self.lines.map { $0 + "\n" }.joined()
  }
}
