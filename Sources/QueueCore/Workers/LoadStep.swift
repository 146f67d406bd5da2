/// How long a worker takes for a request, and so how many requests are worth waking another worker for.
///
/// Waking a process up and passing a message to it costs some ten microseconds of processor time at either end,
/// whatever is in it. A worker that takes less than that is given several requests before one that idles is woken:
/// together they travel in one message and go through the engine in one call. None waits longer for that than
/// ``patienceMicroseconds``.
struct LoadStep: BitwiseCopyable {
  /// How much work a worker may have before it counts as more loaded than one that has none.
  static let patienceMicroseconds = 64
  /// Fewer requests than that are better computed at the same time than sent together.
  static let fewestTogether = 8
  /// What a request costs a worker besides the engine and its bytes.
  static let overheadMicroseconds = 4
  /// Bytes of payload that cost a worker a microsecond, through sockets and copies.
  static let bytesAMicrosecond = 4096

  /// The logarithm to base 2 of how many requests are one step of load: 1 request, 8 or 16.
  private(set) var stepLogarithm = 0
  /// Moving average, in sixteenths of a microsecond; nil before the first result.
  private var average: Int?

  /// The step of load that so many requests are.
  func level(of requests: Int) -> Int { requests >> self.stepLogarithm }

  /// A result says how long the engine took for a request of so many bytes.
  mutating func resultReceived(computeMicroseconds: UInt32, payloadBytes: Int) {
    let sample = Int(computeMicroseconds) * 16 + payloadBytes / (Self.bytesAMicrosecond / 16)
    let average = self.average.map { $0 + (sample - $0) / 16 } ?? sample
    guard average != self.average else { return }
    self.average = average
    let request = average / 16 + Self.overheadMicroseconds
    let fitting = Self.patienceMicroseconds / request
    self.stepLogarithm = fitting >= Self.fewestTogether ? Int.bitWidth - 1 - fitting.leadingZeroBitCount : 0
  }
}
