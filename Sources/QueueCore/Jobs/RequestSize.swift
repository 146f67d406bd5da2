/// Decides how many chunks of a job travel in one request.
///
/// A request costs the same whatever its size, many times over what a quick row costs; but what travels together comes
/// back together, so that with slow rows one worker would work for long while others have nothing. So a request is to
/// keep an engine busy for about ``targetMicroseconds``: as short as that, it costs little however many there are, and
/// however unevenly they end. It begins with one chunk and at most doubles from answer to answer.
///
/// Only the time in the engine counts: how long an answer takes besides depends on what else the machine does, and
/// would make requests small when that is least wanted.
struct RequestSize {
  /// The time in the engine that a request is to take.
  static let targetMicroseconds: UInt64 = 10_000

  /// Chunks of the next request.
  private(set) var chunks = 1
  private var maximum: Int

  init(maximum: Int) {
    precondition(maximum >= 1, "A request cannot have \(maximum) chunks")
    self.maximum = maximum
  }

  /// A request of so many chunks was answered, for which the engine took so long.
  mutating func answered(chunks count: Int, computeMicroseconds microseconds: UInt64) {
    let each = max(microseconds / UInt64(max(count, 1)), 1)
    let fitting = Int(clamping: Self.targetMicroseconds / each)
    self.chunks = max(min(fitting, 2 * self.chunks, self.maximum), 1)
  }

  /// A request of several chunks failed for what was in it: those around may be like it.
  mutating func failed() { self.chunks = 1 }

  /// A request of several chunks was refused for what it is: whoever refuses it does not know such.
  mutating func refused() {
    self.chunks = 1
    self.maximum = 1
  }
}
