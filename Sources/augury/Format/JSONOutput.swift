import FoundationEssentials

/// Values as one line of JSON each, for programs.
enum JSONOutput {
  /// The value's JSON, its keys in alphabetical order, without a line end.
  static func bytes(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(value))
  }

  /// Writes the value as a line to the output.
  static func write(_ value: some Encodable) throws {
    Terminal.write(try Self.bytes(value) + [UInt8(ascii: "\n")])
  }
}
