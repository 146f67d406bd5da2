/// What is wrong with a header part. Every case says where and what, and none of them is fatal to the reader.
public enum WireError: Error, Hashable, Sendable {
  /// The part ends before a field does: the field, how many bytes it needs from its offset, how many there are.
  case truncated(field: String, needed: Int, available: Int)
  /// The part does not begin with `AUG` and version 1.
  case badMagic(UInt32)
  /// No such command.
  case unknownCommand(UInt8)
  /// A command that is defined, but not in this direction or on this socket.
  case unexpectedCommand(Command)
  /// A number that is not one of the field's: the field, the number, and what it may be.
  case invalidValue(field: String, value: UInt64, expected: String = "")
  /// A time that is negative and does not mean "none": the field and the number.
  case negativeTime(field: String, value: Int64)
  /// A name with a length or characters that names may not have.
  case invalidName(field: String, mayBeEmpty: Bool = false)
  /// Text that is not UTF-8.
  case invalidText(field: String)
  /// The message has fewer parts than its header announces.
  case missingParts(announced: Int, present: Int)
  /// More parts than a message may have.
  case tooManyParts(limit: Int)
}

extension WireError: CustomStringConvertible {
  /// One line that names the field, what it was, and what was expected.
  public var description: String {
    switch self {
    case .truncated(let field, let needed, let available):
      "part ends inside field '\(field)': \(needed) bytes needed, \(available) left"
    case .badMagic(let value):
      "header begins with 0x\(String(value, radix: 16)), "
        + "expected 0x\(String(Prefix.magic, radix: 16)) (\"AUG\", version 1)"
    case .unknownCommand(let value):
      "unknown command 0x\(String(value, radix: 16))"
    case .unexpectedCommand(let command):
      "command \(command.name) is not for this side"
    case .invalidValue(let field, let value, let expected):
      "field '\(field)' is \(value)" + (expected.isEmpty ? ", which it cannot be" : ", expected \(expected)")
    case .negativeTime(let field, let value):
      "field '\(field)' is \(value) microseconds, expected 0 or more, or \(RequestHeader.noTimeout) for none"
    case .invalidName(let field, let mayBeEmpty):
      "field '\(field)' must be \(mayBeEmpty ? "empty or " : "")1 to \(Names.maximumBytes) bytes of A-Z a-z 0-9 . _ -"
    case .invalidText(let field):
      "field '\(field)' is not UTF-8"
    case .missingParts(let announced, let present):
      "header announces \(announced) payload parts, \(present) came"
    case .tooManyParts(let limit):
      "more than \(limit) parts"
    }
  }
}
