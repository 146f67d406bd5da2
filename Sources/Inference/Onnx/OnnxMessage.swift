import COnnxRuntime

/// Makes ONNX Runtime's messages fit for a reply.
enum OnnxMessage {
  /// One line, without the source files and functions of the library.
  static func flatten(_ text: String) -> String {
    var words: [Substring] = []
    var rest = text[...]
    while let word = Self.popWord(&rest) {
      guard let location = Self.sourceLocation(in: word) else {
        words.append(word)
        continue
      }
      if location > word.startIndex { words.append(word[..<location]) }
      Self.skipFunction(&rest)
    }
    return words.joined(separator: " ")
  }

  private static func popWord(_ rest: inout Substring) -> Substring? {
    rest = rest.drop { $0.isWhitespace }
    let word = rest.prefix { !$0.isWhitespace }
    rest = rest[word.endIndex...]
    return word.isEmpty ? nil : word
  }

  /// Where in a word `/onnxruntime_src/onnxruntime/core/framework/op_kernel.h:83` or the like starts.
  private static func sourceLocation(in word: Substring) -> String.Index? {
    guard let slash = word.firstIndex(of: "/") else { return nil }
    let path = word[slash...]
    let file = path.prefix { $0 != ":" }
    let isSource = [".cc", ".h", ".hpp", ".cpp"].contains { file.hasSuffix($0) }
    return isSource && path.count > file.count ? slash : nil
  }

  /// Skips the signature that follows a location, such as `void onnxruntime::f(int) const [with T = float]`.
  private static func skipFunction(_ rest: inout Substring) {
    guard let open = rest.firstIndex(of: "("), rest[..<open].contains(":") else { return }
    var depth = 0
    guard
      let close = rest[open...].firstIndex(where: { character in
        depth += character == "(" ? 1 : character == ")" ? -1 : 0
        return depth == 0
      })
    else { return }
    rest = rest[rest.index(after: close)...]
    if rest.hasPrefix(" const") { rest = rest.dropFirst(" const".count) }
    if rest.hasPrefix(" [with "), let end = rest.firstIndex(of: "]") { rest = rest[rest.index(after: end)...] }
  }

  /// The status for an error code of the library.
  static func code(of code: Int32, text: String) -> InferenceError.Code {
    if text.contains("Failed to allocate memory") || text.contains("bad_alloc") { return .resourceExhausted }
    return switch Int(code) {
    case ORT_ERROR_INVALID_ARGUMENT, ORT_ERROR_INVALID_PROTOBUF, ORT_ERROR_INVALID_GRAPH: .invalidArgument
    case ORT_ERROR_NO_SUCH_FILE: .notFound
    case ORT_ERROR_NOT_IMPLEMENTED: .unimplemented
    default: .internal
    }
  }
}
