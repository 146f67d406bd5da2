import CSimdjson

/// JSON documents as they are, of whatever form.
public enum JSONDocument {
  /// The document on one line: line ends between its tokens become blanks, all else stays as it is.
  ///
  /// - Returns: nil if the bytes are not one JSON document, or have a number that fits no 64 bits.
  public static func onOneLine(_ bytes: [UInt8]) -> [UInt8]? {
    let isDocument = bytes.withUnsafeBytes { csj_is_document($0.baseAddress, $0.count) }
    guard isDocument else { return nil }
    // A string has no bare line ends, so these are all between tokens.
    return bytes.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 }
  }
}
