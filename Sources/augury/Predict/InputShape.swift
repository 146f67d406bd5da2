/// Tells a whole document from JSON Lines by the first bytes of an input, without keeping them.
///
/// A document is one JSON object, over as many lines as it likes, that has `instances` or `inputs` at its top level and
/// nothing behind it. Everything else is lines: values that are no objects, objects of input names, and also a first
/// object with one of the two keys that is followed by more, since a model may have an input of that name.
struct InputShape {
  enum Verdict: Equatable {
    case undecided
    case document
    case rows
  }

  private enum Phase {
    case before
    case inside
    case after
  }

  private static let keys: [[UInt8]] = [Array("instances".utf8), Array("inputs".utf8)]
  private static let longestKey = 9
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private(set) var verdict = Verdict.undecided
  private var phase = Phase.before
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  private var expectsKey = false
  private var key: [UInt8] = []
  private var hasKey = false
  private var bytesSeen = 0

  /// Looks at the next bytes of the input; once there is a verdict, at none any more.
  mutating func look(at bytes: some Sequence<UInt8>) {
    for byte in bytes {
      guard self.verdict == .undecided else { return }
      self.look(at: byte)
      self.bytesSeen += 1
    }
  }

  /// The input has ended: what it is, undecided no longer.
  mutating func end() -> Verdict {
    // An object that is cut off is better refused whole, by name, than line by line.
    if self.verdict == .undecided { self.verdict = self.hasKey ? .document : .rows }
    return self.verdict
  }

  private mutating func look(at byte: UInt8) {
    switch self.phase {
    case .before:
      if JSONText.isBlank(byte) || (self.bytesSeen < 3 && byte == Self.byteOrderMark[self.bytesSeen]) { return }
      guard byte == UInt8(ascii: "{") else {
        self.verdict = .rows
        return
      }
      self.phase = .inside
      self.depth = 1
      self.expectsKey = true
    case .inside:
      self.isInString ? self.lookInString(at: byte) : self.lookOutsideStrings(at: byte)
    case .after:
      if !JSONText.isBlank(byte) { self.verdict = .rows }
    }
  }

  private mutating func lookInString(at byte: UInt8) {
    if self.isEscaped {
      self.isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      self.isEscaped = true
    } else if byte == UInt8(ascii: "\"") {
      self.isInString = false
      if self.expectsKey && Self.keys.contains(self.key) { self.hasKey = true }
      self.expectsKey = false
      return
    }
    if self.expectsKey && self.key.count <= Self.longestKey { self.key.append(byte) }
  }

  private mutating func lookOutsideStrings(at byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""):
      self.isInString = true
      self.key.removeAll(keepingCapacity: true)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      self.depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      self.depth -= 1
      guard self.depth == 0 else { return }
      self.phase = .after
      if !self.hasKey { self.verdict = .rows }
    case UInt8(ascii: ","):
      self.expectsKey = self.depth == 1
    default:
      break
    }
  }
}
