/// How long an engine call of a worker takes, and so how many requests are worth waking another worker for.
///
/// Waking a process up and passing a message to it costs some ten microseconds of processor time at either end,
/// whatever is in it. A worker whose calls are shorter than that is given several requests before one that idles is
/// woken: together they travel in one message and go through the engine in one call. None waits longer for that than
/// ``patienceMicroseconds``.
struct LoadStep: BitwiseCopyable {
  /// How much work a worker may have before it counts as more loaded than one that has none.
  static let patienceMicroseconds = 64
  /// What a request costs a worker besides the engine.
  static let overheadMicroseconds = 4

  /// The logarithm to base 2 of how many requests are one step of load: at least 1 request, at most 16.
  private(set) var stepLogarithm = 0
  /// Moving average, in sixteenths of a microsecond; nil before the first result.
  private var average: Int?

  /// The step of load that so many requests are.
  func level(of requests: Int) -> Int { requests >> self.stepLogarithm }

  /// A result says how long the engine took.
  mutating func resultReceived(computeMicroseconds: UInt32) {
    let sample = Int(computeMicroseconds) * 16
    let average = self.average.map { $0 + (sample - $0) / 16 } ?? sample
    guard average != self.average else { return }
    self.average = average
    let request = average / 16 + Self.overheadMicroseconds
    let fitting = Self.patienceMicroseconds / request
    self.stepLogarithm = fitting > 1 ? Int.bitWidth - 1 - fitting.leadingZeroBitCount : 0
  }
}
