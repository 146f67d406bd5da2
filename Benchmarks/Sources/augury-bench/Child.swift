import Foundation

/// A process that the benchmark started and will end.
final class Child {
  private let process = Process()
  private let output = Pipe()
  private var buffered = Data()
  private let folder: URL?

  /// With `mergesErrors` its lines on standard error are among those of its output. The folder, if there is one, goes
  /// when it goes.
  init(_ executable: String, _ arguments: [String], mergesErrors: Bool = false, folder: URL? = nil) throws {
    self.folder = folder
    self.process.executableURL = URL(fileURLWithPath: executable)
    self.process.arguments = arguments
    self.process.standardOutput = self.output
    if mergesErrors { self.process.standardError = self.output }
    self.process.standardInput = FileHandle.nullDevice
    try self.process.run()
  }

  deinit {
    self.stop()
    if let folder { try? FileManager.default.removeItem(at: folder) }
  }

  var pid: Int32 { self.process.processIdentifier }
  var isRunning: Bool { self.process.isRunning }

  /// The next line of its output; nil at the end.
  func line() -> String? {
    while true {
      if let end = self.buffered.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: self.buffered[self.buffered.startIndex..<end], as: UTF8.self)
        self.buffered.removeSubrange(self.buffered.startIndex...end)
        return line
      }
      let more = self.output.fileHandleForReading.availableData
      guard !more.isEmpty else { return nil }
      self.buffered.append(more)
    }
  }

  /// Asks it to end and waits until it has.
  func terminate() {
    guard self.process.isRunning else { return }
    kill(self.pid, SIGTERM)
    self.process.waitUntilExit()
  }

  func stop() {
    guard self.process.isRunning else { return }
    kill(self.pid, SIGKILL)
    self.process.waitUntilExit()
  }
}

/// Standard output through a pipe is kept back until it is flushed.
enum FileOutput {
  static func flush() {
    fflush(nil)
  }
}
