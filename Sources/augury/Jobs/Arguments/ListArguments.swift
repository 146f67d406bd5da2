/// Names as `a,b,c`.
enum FieldList {
  /// The names in the order given.
  ///
  /// Throws ``ArgumentError`` for an empty name and for one that comes twice.
  static func parse(_ text: String) throws(ArgumentError) -> [String] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !names.contains("") else {
      throw ArgumentError("a name in it is empty, expected names with commas between them, as a,b")
    }
    try Self.expectDistinct(names)
    return names
  }

  /// What stands beside a prediction: names, or `*` alone for all of the row.
  ///
  /// Throws ``ArgumentError``.
  static func parseJoin(_ text: String) throws(ArgumentError) -> [String] {
    let names = try Self.parse(text)
    guard names == ["*"] || !names.contains("*") else {
      throw ArgumentError("* is all of the row and stands alone, expected * or names with commas between them")
    }
    return names
  }

  static func expectDistinct(_ names: [String]) throws(ArgumentError) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw ArgumentError("'\(name)' comes twice in it")
    }
  }
}

/// The columns that make up an input of the model, as `INPUT=c0,c1,…`, with ranges as `p0..p63`.
struct ColumnMapping: Equatable {
  /// Columns that one mapping may name.
  static let limit = 65_536

  var input: String
  var columns: [String]

  /// Throws ``ArgumentError`` that says which part is wrong.
  init(_ text: String) throws(ArgumentError) {
    guard let (input, list) = Pair.split(text) else {
      throw ArgumentError("expected an input of the model and its columns, as X=c0,c1 or X=p0..p63")
    }
    self.input = input
    self.columns = []
    for item in try FieldList.parse(list) {
      self.columns += try Self.expand(item, room: Self.limit - self.columns.count)
    }
    try FieldList.expectDistinct(self.columns)
  }

  /// The columns of every input. Throws ``ArgumentError`` if an input comes twice.
  static func dictionary(_ mappings: [ColumnMapping]) throws(ArgumentError) -> [String: [String]]? {
    var columns: [String: [String]] = [:]
    for mapping in mappings where columns.updateValue(mapping.columns, forKey: mapping.input) != nil {
      throw ArgumentError("--columns says twice what makes up input '\(mapping.input)'")
    }
    return columns.isEmpty ? nil : columns
  }

  /// The columns of a range; the item itself if it is none. Numbers with zeros before them keep their width.
  private static func expand(_ item: String, room: Int) throws(ArgumentError) -> [String] {
    guard let (first, last) = Pair.split(item, at: "..") else {
      guard room > 0 else { throw Self.tooMany }
      return [item]
    }
    guard let low = Numbered(first), let high = Numbered(last), low.prefix == high.prefix else {
      throw ArgumentError("'\(item)' is no range of columns, expected one name with two numbers, as p0..p63")
    }
    guard low.number <= high.number else {
      throw ArgumentError("range '\(item)' runs backwards, expected the lower number first")
    }
    guard low.digits == high.digits || !(low.isPadded || high.isPadded) else {
      throw ArgumentError("the numbers of '\(item)' have zeros before them and different widths, as p00..p63 has not")
    }
    guard high.number - low.number < room else { throw Self.tooMany }
    return (low.number...high.number).map { number in
      let text = String(number)
      return low.prefix + String(repeating: "0", count: max(0, low.isPadded ? low.digits - text.count : 0)) + text
    }
  }

  private static var tooMany: ArgumentError {
    ArgumentError("it names more than \(Self.limit) columns")
  }

  /// A name that ends with a number.
  private struct Numbered {
    let prefix: String
    let number: Int
    let digits: Int
    let isPadded: Bool

    init?(_ text: String) {
      let digits = text.utf8.reversed().prefix { (48...57).contains($0) }.count
      let tail = text.suffix(digits)
      guard digits > 0, let number = Int(tail) else { return nil }
      self.prefix = String(text.dropLast(digits))
      self.number = number
      self.digits = digits
      self.isPadded = digits > 1 && tail.hasPrefix("0")
    }
  }
}

/// A label, as `KEY=VALUE`.
struct LabelArgument: Equatable {
  var key: String
  var value: String

  /// Throws ``ArgumentError``. The value may be empty, the key may not.
  init(_ text: String) throws(ArgumentError) {
    guard let (key, value) = Pair.split(text, mayEndAtMark: true) else {
      throw ArgumentError("expected a label with its value, as team=fraud")
    }
    self.key = key
    self.value = value
  }

  /// All labels; nil for none. Throws ``ArgumentError`` if a key comes twice.
  static func dictionary(_ labels: [LabelArgument]) throws(ArgumentError) -> [String: String]? {
    var values: [String: String] = [:]
    for label in labels where values.updateValue(label.value, forKey: label.key) != nil {
      throw ArgumentError("--label says twice what '\(label.key)' is")
    }
    return values.isEmpty ? nil : values
  }
}

/// Two texts with a mark between them.
private enum Pair {
  /// What stands before and after the first mark; nil if the mark is missing or a side is empty.
  static func split(_ text: String, at mark: String = "=", mayEndAtMark: Bool = false) -> (String, String)? {
    var head = Substring()
    var rest = Substring(text)
    while !rest.isEmpty {
      if rest.hasPrefix(mark) {
        let tail = rest.dropFirst(mark.count)
        return head.isEmpty || (tail.isEmpty && !mayEndAtMark) ? nil : (String(head), String(tail))
      }
      head = text[text.startIndex..<rest.index(after: rest.startIndex)]
      rest = rest.dropFirst()
    }
    return nil
  }
}
