import Glibc
import Logging
import ServiceLifecycle

/// Gives back the pages of the program and its libraries that only the start needed.
///
/// The kernel maps 16 pages for each one that is touched, and starting touches what serving never does: arguments,
/// settings, migrations, the tables of types. They stay in the page cache, from where those that are needed after all
/// come back by themselves. So this takes nothing from anybody, and what is left is what the broker uses.
struct StartupPages: Service {
  /// When everything has started for certain.
  private static let delay = Duration.seconds(1)

  let logger: Logger

  func run() async throws {
    // Cancelled at the end of the broker, if that comes first.
    try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.delay) }
    if !Task.isShuttingDownGracefully { self.giveBack() }
    try? await gracefulShutdown()
  }

  private func giveBack() {
    let mappings = Self.programText()
    for mapping in mappings { madvise(mapping.baseAddress, mapping.count, MADV_DONTNEED) }
    self.logger.debug("start-up pages given back", metadata: ["mappings": "\(mappings.count)"])
  }

  /// Program text in memory that is as it is in its file. Pages that a debugger has put a breakpoint into are not: a
  /// mapping with such pages is left alone, since they would be lost.
  private static func programText() -> [UnsafeMutableRawBufferPointer] {
    guard let file = fopen("/proc/self/smaps", "re") else { return [] }
    defer { fclose(file) }
    var found: [UnsafeMutableRawBufferPointer] = []
    var text: UnsafeMutableRawBufferPointer?
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), file) != nil {
      let words = line.withUnsafeBytes { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      }
      if words.count >= 5, let range = Self.range(words[0]) {
        text = words[1] == "r-xp" && words[4] != "0" ? range : nil
      } else if words.first == "Anonymous:", words.count >= 2, words[1] == "0", let clean = text {
        found.append(clean)
      }
    }
    return found
  }

  /// Reads `7f00-7f20`; nil for the names of figures, which stand where ranges do.
  private static func range(_ word: Substring) -> UnsafeMutableRawBufferPointer? {
    let ends = word.split(separator: "-")
    guard ends.count == 2, let start = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16), end > start,
      let address = UnsafeMutableRawPointer(bitPattern: start)
    else { return nil }
    return UnsafeMutableRawBufferPointer(start: address, count: Int(end - start))
  }
}
