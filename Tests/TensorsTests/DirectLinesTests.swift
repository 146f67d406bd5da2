import Tensors
import Testing

/// Lines are read straight from the text where they are of a usual form. The general reader, which reads the instances
/// of requests, says what is right: both must take the same rows, and read the same from them.
@Suite struct DirectLinesTests {
  private typealias Input = (String, DataType, [Int]?)

  private static let signatures: [[Input]] = [
    [("X", .fp32, [-1, 4])], [("X", .fp64, [-1])], [("X", .fp64, [-1, -1])], [("X", .int64, [-1, 2, 2])],
    [("X", .uint8, [-1, 3])], [("X", .int8, [-1, -1])], [("X", .uint64, [-1, 2])], [("X", .fp16, [-1, 2])],
    [("X", .bf16, [-1, 2])], [("X", .bool, [-1, 2])], [("X", .bytes, [-1, 2])], [("X", .fp32, nil)],
    [("a", .fp32, [-1, 1]), ("b", .int32, [-1]), ("c", .bytes, [-1, 1]), ("d", .uint16, [-1, -1, 1])],
  ]

  private static let scalars = [
    "0", "1", "7", "12", "99", "100", "255", "256", "16777217", "-1", "-0", "-0.0", "-128", "-129", "0.1", "0.5",
    "1.25",
    "-3.75", "3.0", "2.50", "1e2", "1E-3", "-1.5e+3", "01", "00", "-01", "1.", ".5", "+1", "1e", "1e+", "--1", "-", "",
    "0x10", "1_0", "9007199254740993", "9007199254740993.0", "0.30000000000000004", "1234567890123456789",
    "9223372036854775807", "9223372036854775808", "18446744073709551615", "123456789012345678901234567890",
    "0.00000000000000000000001", "0.1234567890123456789012345", "3.4028235e38", "3.5e38", "1e-46", "65504", "65520",
    "1e308", "1e309", "-1e400", "NaN", "\"NaN\"", "\"-Infinity\"", "null", "true", "false", "truex", "tru", "\"\"",
    "\"a\"", "\"a\\\"b\"", "\"\\u00e9\"", "\"é\"", "\"\u{7f}\"", "\"a\tb\"", "{\"b64\": \"AAE=\"}", "[]", "[1]", "{}",
  ]

  private static let blanks = ["", "", "", "", " ", "  ", "\t", " \r", "\r"]

  @Test func bothReadersTakeTheSameRowsAndReadTheSame() throws {
    var random = Chance(seed: 20_261_125)
    var taken = 0
    var refused = 0
    for signature in Self.signatures {
      let parser = try parser(signature)
      for _ in 0..<4_000 {
        let line = Self.mutated(Self.row(signature, &random), &random)
        guard !Self.isBlank(line) else { continue }
        let expected = Self.general(Self.withoutForeignMembers(line, signature), parser)
        let lines = try parser.lines(line)
        #expect(lines.rowCount == 1, "\(line)")
        #expect(lines.groups.first?.inputs == expected, "\(line) for \(signature)")
        if expected == nil { refused += 1 } else { taken += 1 }
      }
    }
    // Otherwise the rows are not what this is about.
    #expect(taken > 10_000 && refused > 10_000)
  }

  @Test func aChunkIsItsLines() throws {
    var random = Chance(seed: 7)
    for signature in Self.signatures {
      let parser = try parser(signature)
      for _ in 0..<40 {
        let lines = (0..<50).map { _ in Self.mutated(Self.row(signature, &random), &random) }
          .filter { !Self.isBlank($0) }
        let singly = try lines.map { try parser.lines($0) }
        let chunk = try parser.lines(lines.joined(separator: "\n"))
        #expect(chunk.rowCount == lines.count)
        #expect(chunk.rejected.map(\.row) == singly.indices.filter { !singly[$0].rejected.isEmpty })
        for group in chunk.groups {
          for (position, row) in group.rows.enumerated() {
            let inputs = try group.inputs.map { try $0.rows(position..<position + 1) }
            #expect(inputs == singly[row].groups.first?.inputs, "\(lines[row]) for \(signature)")
          }
        }
      }
    }
  }

  @Test func numbersAreReadToTheLastBit() throws {
    var random = Chance(seed: 99)
    let doubles = try parser([("X", .fp64, [-1])])
    let floats = try parser([("X", .fp32, [-1])])
    for _ in 0..<20_000 {
      let text = Self.decimal(&random)
      let double = try #require(Double(text))
      #expect(try doubles.lines(text).groups[0].inputs[0].values(as: Double.self) == [double], "\(text)")
      #expect(try floats.lines(text).groups[0].inputs[0].values(as: Float.self) == [Float(double)], "\(text)")
      let request = try doubles.request("{\"instances\":[\(text)]}")
      #expect(try request.inputs[0].values(as: Double.self) == [double], "\(text)")
    }
  }

  @Test(arguments: [
    ("0.8988013744679594029762", 0.898801374467959402976), ("-0.00000000000000000000000000000001", -1e-32),
    ("0.0000000000000000000000018446744073709551617", 1.8446744073709551617e-24), ("0.12345678901234567890e-400", 0),
    ("-0.99999999999999999999999e1", -10), ("1.00000000000000000000000000000000000001", 1),
  ])
  func longFractionsAreReadRight(text: String, expected: Double) throws {
    let parser = try parser([("X", .fp64, [-1, 1])])
    #expect(try parser.lines("[\(text)]").groups[0].inputs[0].values(as: Double.self) == [expected])
    #expect(try parser.request("{\"instances\":[[\(text)]]}").inputs[0].values(as: Double.self) == [expected])
    #expect(try parser.lines("[0.99999999999999999999999e309]").rejected.map(\.error.reason) == [.outOfRange])
  }

  // MARK: Making rows

  /// What the general reader makes of a line; nil if it is refused.
  private static func general(_ line: String, _ parser: JSONTensorParser) -> [Tensor]? {
    guard let request = try? parser.request("{\"instances\":[\(line)]}"), request.rowCount == 1 else { return nil }
    return request.inputs
  }

  /// Members of a line that are no inputs do not count; in requests they are refused.
  private static func withoutForeignMembers(_ line: String, _ signature: [Input]) -> String {
    let members = JSONMembers()
    return Array(line.utf8).withUnsafeBytes { text in
      guard (try? members.list(text)) != nil else { return line }
      let own = (0..<members.count).filter { index in signature.contains { $0.0 == members.key(index) } }
      guard !own.isEmpty, own.count < members.count else { return line }
      return "{" + own.map { String(decoding: text[members.text($0)], as: UTF8.self) }.joined(separator: ",") + "}"
    }
  }

  private static func isBlank(_ line: String) -> Bool {
    line.utf8.allSatisfy { [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains($0) }
  }

  private static func row(_ signature: [Input], _ random: inout Chance) -> String {
    // Mostly scalars that the type takes, so that not every row is refused.
    let odd = random.below(3) == 0
    guard signature.count > 1 || random.below(5) == 0 else { return self.value(signature[0], odd, &random) }
    var fields = signature.map {
      "\(self.blank(&random))\"\($0.0)\"\(self.blank(&random)):\(self.value($0, odd, &random))"
    }
    switch random.below(8) {
    case 0: fields.swapAt(0, fields.count - 1)
    case 1: fields.removeLast()
    case 2: fields.append(fields[0])
    case 3: fields[0] = fields[0].replacing("\"", with: "\\u0022", maxReplacements: 1)
    default: break
    }
    return "\(self.blank(&random)){\(fields.joined(separator: ","))\(self.blank(&random))}\(self.blank(&random))"
  }

  private static func value(_ input: Input, _ odd: Bool, _ random: inout Chance) -> String {
    let shape = input.2?.dropFirst().map { $0 == -1 ? 1 + random.below(3) : $0 } ?? [2]
    return self.nested(shape[...], input.1, odd, &random)
  }

  private static func nested(
    _ shape: ArraySlice<Int>, _ type: DataType, _ odd: Bool, _ random: inout Chance
  ) -> String {
    guard let count = shape.first, count != 1 || random.below(3) > 0 else {
      let text =
        odd && random.below(3) == 0 ? self.scalars[random.below(self.scalars.count)] : self.usual(type, &random)
      return self.blank(&random) + text + self.blank(&random)
    }
    let length = odd && random.below(12) == 0 ? random.below(5) : count
    let elements = (0..<length).map { _ in self.nested(shape.dropFirst(), type, odd, &random) }
    return "\(self.blank(&random))[\(elements.joined(separator: ","))]\(self.blank(&random))"
  }

  private static func usual(_ type: DataType, _ random: inout Chance) -> String {
    switch type {
    case .bool: random.below(2) == 0 ? "true" : "false"
    case .bytes: "\"\(random.below(1000))\""
    case .fp16, .bf16, .fp32, .fp64: random.below(2) == 0 ? self.decimal(&random) : "\(random.below(120))"
    default: "\(random.below(120))"
    }
  }

  /// A decimal fraction of any length that a 16-bit float can hold.
  private static func decimal(_ random: inout Chance) -> String {
    var text = random.below(2) == 0 ? "-" : ""
    text += "\(random.below(random.below(2) == 0 ? 10 : 30_000))"
    if random.below(4) > 0 {
      text += "."
      for _ in 0...random.below(random.below(4) == 0 ? 24 : 6) { text += "\(random.below(10))" }
    }
    if random.below(6) == 0 { text += "e-\(random.below(6))" }
    return text
  }

  private static func blank(_ random: inout Chance) -> String { self.blanks[random.below(self.blanks.count)] }

  /// The row as it is, or with a byte taken out, put in or replaced, or its end cut off.
  private static func mutated(_ row: String, _ random: inout Chance) -> String {
    var bytes = Array(row.utf8)
    guard !bytes.isEmpty, random.below(3) == 0 else { return row }
    let palette = Array("[]{}\",:0123456789.-+eE \\\tx\u{0}\u{1}".utf8)
    let index = random.below(bytes.count)
    switch random.below(4) {
    case 0: bytes.remove(at: index)
    case 1: bytes.insert(palette[random.below(palette.count)], at: index)
    case 2: bytes[index] = palette[random.below(palette.count)]
    default: bytes.removeLast(index)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Reproducible random numbers (SplitMix64).
private struct Chance {
  private var state: UInt64

  init(seed: UInt64) { self.state = seed }

  mutating func next() -> UInt64 {
    self.state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = self.state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to one less than the limit.
  mutating func below(_ limit: Int) -> Int { Int(self.next() % UInt64(limit)) }
}
