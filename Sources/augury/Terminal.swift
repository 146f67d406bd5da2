import AuguryClient
import Glibc

/// The process's output and error streams.
enum Terminal {
  /// Whether the output goes to a terminal, where a line may be written over.
  static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Columns of the terminal; 80 if it does not say.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes text to the output.
  static func write(_ text: String) {
    Self.write(Array(text.utf8), to: STDOUT_FILENO)
  }

  /// Writes bytes to the output.
  static func write(_ bytes: [UInt8]) {
    Self.write(bytes, to: STDOUT_FILENO)
  }

  /// Writes a line to the error stream.
  static func note(_ line: String) {
    Self.write(Array((line + "\n").utf8), to: STDERR_FILENO)
  }

  /// Writes a line to the error stream with the program's name before it.
  static func complain(_ message: String) {
    Self.note("augury: \(message)")
  }

  /// Writes everything, however many calls that takes. Where nobody reads any more, there is nobody to tell.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
        let count = Glibc.write(descriptor, base, rest.count)
        guard count > 0 else {
          if errno == EINTR { continue }
          return
        }
        rest = rest.dropFirst(count)
      }
    }
  }
}

/// Errors as one line, whatever a peer put into them.
enum OneLine {
  /// The code's name and the message.
  static func text(of error: PredictionError) -> String {
    Self.text("\(error.code): \(error.message)")
  }

  /// The text with every control character, line ends among them, made a blank: it can neither begin a new line nor
  /// move a terminal's cursor.
  static func text(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { Self.isControl($0) ? " " : $0 }))
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
  }
}
