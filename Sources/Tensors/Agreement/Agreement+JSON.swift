extension Agreement {
  /// What says who answered and not what.
  private static let ignoredMembers: Set<String> = ["model_name", "model_version", "id"]

  /// Compares two replies in JSON, of whichever form: strings, booleans and whole numbers exactly, numbers with a point
  /// or an exponent within a tolerance. Workers write floats with one of the two, so this is the rule for tensors.
  ///
  /// - Parameters:
  ///   - reference: what the version that answered said.
  /// - Returns: nil if one of the two is no JSON document.
  public static func ofJSON(
    _ reply: [UInt8], reference: [UInt8], within tolerance: Tolerance = Tolerance()
  ) -> Agreement? {
    guard let reply = JSONTree(reply), let reference = JSONTree(reference) else { return nil }
    guard case .object(let members) = reply, case .object(let expected) = reference else {
      return Self.agreement(Self.difference(reply, reference, at: "", tolerance))
    }
    return Self.agreement(
      Self.difference(
        .object(members.filter { !Self.ignoredMembers.contains($0.key) }),
        .object(expected.filter { !Self.ignoredMembers.contains($0.key) }), at: "", tolerance))
  }

  private static func agreement(_ difference: String?) -> Agreement {
    difference.map { .differed($0) } ?? .agreed
  }

  private static func difference(
    _ value: JSONTree, _ reference: JSONTree, at path: String, _ tolerance: Tolerance
  ) -> String? {
    switch (value, reference) {
    case (.object(let members), .object(let expected)):
      for name in Set(members.keys).union(expected.keys).sorted() {
        guard let member = members[name] else { return "\(path).\(name) is missing" }
        guard let wanted = expected[name] else { return "\(path).\(name) is not expected" }
        if let found = Self.difference(member, wanted, at: "\(path).\(name)", tolerance) { return found }
      }
      return nil
    case (.array(let elements), .array(let expected)):
      guard elements.count == expected.count else {
        return "\(path) has \(elements.count) elements, expected \(expected.count)"
      }
      for (index, pair) in zip(elements, expected).enumerated() {
        if let found = Self.difference(pair.0, pair.1, at: "\(path)[\(index)]", tolerance) { return found }
      }
      return nil
    case (.number(let text), .number(let expected)):
      if text == expected { return nil }
      guard Self.isFloat(text) || Self.isFloat(expected), let number = Double(text), let wanted = Double(expected),
        tolerance.allows(number, for: wanted)
      else { return "\(path) is \(value), expected \(reference)" }
      return nil
    default:
      return value == reference ? nil : "\(path) is \(value), expected \(reference)"
    }
  }

  private static func isFloat(_ text: String) -> Bool {
    text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }
  }
}
