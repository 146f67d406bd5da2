import Tensors

/// The head of a NumPy array file, formats 1.0, 2.0 and 3.0.
struct NPYHeader: Hashable {
  let dataType: DataType
  let isBigEndian: Bool
  let shape: [Int]
  /// Where the elements begin.
  let dataStart: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// No header that NumPy writes is longer.
  static let longest = 1 << 20

  /// Bytes of the file that must be there to know how long the header is.
  static let prefixBytes = 12

  /// Where the elements begin, from the first ``prefixBytes`` bytes of the file.
  ///
  /// Throws ``RowPlanError``.
  static func dataStart(_ prefix: UnsafeRawBufferPointer) throws(RowPlanError) -> Int {
    guard prefix.count >= Self.prefixBytes, prefix.starts(with: Self.magic) else {
      throw RowPlanError("NPY_HEADER", "the input is not a NumPy array file")
    }
    let length: Int
    switch prefix[6] {
    case 1: length = 10 + (Int(prefix[8]) | Int(prefix[9]) << 8)
    case 2, 3: length = 12 + (8...11).reversed().reduce(0) { $0 << 8 | Int(prefix[$1]) }
    default: throw RowPlanError("NPY_HEADER", "the input is of NumPy format \(prefix[6]), expected 1, 2 or 3")
    }
    guard length <= Self.longest else {
      throw RowPlanError("NPY_HEADER", "the NumPy header has \(length) bytes, expected at most \(Self.longest)")
    }
    return length
  }

  /// Reads a whole header, with what stands before it.
  ///
  /// Throws ``RowPlanError`` for an array that is not of numbers, or is stored column by column.
  init(_ bytes: UnsafeRawBufferPointer) throws(RowPlanError) {
    self.dataStart = try Self.dataStart(bytes)
    guard bytes.count >= self.dataStart else {
      throw RowPlanError("NPY_HEADER", "the input ends within its NumPy header")
    }
    let textStart = bytes[6] == 1 ? 10 : 12
    let text = String(decoding: bytes[textStart..<self.dataStart], as: UTF8.self)
    guard let descr = Self.quoted(after: "descr", in: text), let order = Self.word(after: "fortran_order", in: text),
      let shape = Self.tuple(after: "shape", in: text)
    else {
      throw RowPlanError("NPY_HEADER", "the NumPy header cannot be read: \(text.prefix(100))")
    }
    guard let type = Self.types[String(descr.dropFirst())], let mark = descr.first, "<>|=".contains(mark) else {
      throw RowPlanError(
        "NPY_TYPE", "the array's type is '\(descr)', expected bool, int or uint of 8 to 64 bits or float of 16 to 64")
    }
    self.dataType = type
    self.isBigEndian = mark == ">"
    self.shape = shape
    guard !shape.isEmpty else { throw RowPlanError("NPY_SHAPE", "the array has no dimension, expected rows") }
    guard order == "False" || shape.count == 1 else {
      throw RowPlanError(
        "NPY_ORDER", "the array is stored column by column (Fortran order); save numpy.ascontiguousarray(array)")
    }
    guard Shape.byteCount(shape, of: type) != nil else {
      throw RowPlanError("NPY_SHAPE", "the array's shape \(Shape.text(shape)) is more than memory can address")
    }
  }

  var rows: Int { self.shape[0] }
  var rowShape: [Int] { Array(self.shape.dropFirst()) }
  var rowBytes: Int { Shape.byteCount(self.rowShape, of: self.dataType) ?? 0 }
  var dataBytes: Int { Shape.byteCount(self.shape, of: self.dataType) ?? 0 }

  // MARK: Types

  private static let types: [String: DataType] = [
    "b1": .bool, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "i1": .int8, "i2": .int16, "i4": .int32,
    "i8": .int64, "f2": .fp16, "f4": .fp32, "f8": .fp64,
  ]

  /// NumPy's name for a type, little-endian; nil if it has none.
  static func descr(of type: DataType) -> String? {
    guard let name = Self.types.first(where: { $0.value == type })?.key else { return nil }
    return (type.byteWidth == 1 ? "|" : "<") + name
  }

  // MARK: The dictionary

  private static func rest(after key: String, in text: String) -> Substring? {
    for quote in ["'", "\""] {
      guard let found = text.firstRange(of: quote + key + quote) else { continue }
      let rest = text[found.upperBound...].drop { $0 == " " }
      return rest.first == ":" ? rest.dropFirst().drop { $0 == " " } : nil
    }
    return nil
  }

  private static func quoted(after key: String, in text: String) -> String? {
    guard let rest = Self.rest(after: key, in: text), let quote = rest.first, quote == "'" || quote == "\"" else {
      // A list of fields: a structured array, whose type the message shows.
      return Self.rest(after: key, in: text).map { String($0.prefix(60)) }
    }
    return String(rest.dropFirst().prefix { $0 != quote })
  }

  private static func word(after key: String, in text: String) -> String? {
    Self.rest(after: key, in: text).map { String($0.prefix { $0.isLetter }) }
  }

  private static func tuple(after key: String, in text: String) -> [Int]? {
    guard let rest = Self.rest(after: key, in: text), rest.first == "(" else { return nil }
    var numbers: [Int] = []
    for part in rest.dropFirst().prefix(while: { $0 != ")" }).split(separator: ",") {
      guard let number = Int(part.filter { $0 != " " && $0 != "L" }), number >= 0 else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}
