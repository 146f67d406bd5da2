import Glibc
public import Tensors

/// Gives back what it gets; for tests, benchmarks and trying out a cluster without a model.
public final class EchoModel: Model {
  /// What an echo does besides.
  public struct Options: Sendable, Equatable {
    /// How long each run takes.
    public var delay: Duration
    /// Bytes whose presence in the payload aborts the process; none if empty.
    public var crashOn: [UInt8]
    /// Bytes whose presence in the payload makes the run fail; none if empty.
    public var failOn: [UInt8]
    /// Bytes whose presence in the payload makes the run last until it is cancelled; none if empty.
    public var hangOn: [UInt8]
    /// Bytes whose presence in the payload makes the run last for ever, cancelled or not; none if empty.
    public var hangHardOn: [UInt8]

    /// Makes options; an echo of defaults does nothing besides.
    public init(
      delay: Duration = .zero, crashOn: [UInt8] = [], failOn: [UInt8] = [], hangOn: [UInt8] = [],
      hangHardOn: [UInt8] = []
    ) {
      self.delay = delay
      self.crashOn = crashOn
      self.failOn = failOn
      self.hangOn = hangOn
      self.hangHardOn = hangHardOn
    }

    /// Whether what an echo does depends on the payload.
    public var looksAtPayload: Bool {
      !(self.crashOn.isEmpty && self.failOn.isEmpty && self.hangOn.isEmpty && self.hangHardOn.isEmpty)
    }
  }

  /// The inputs, and the same as outputs.
  public let signature: Signature
  /// What it does besides.
  public let options: Options

  /// Makes an echo with these inputs, its outputs the same; without any it is opaque.
  public init(inputs: [TensorSpec] = [], options: Options = Options()) {
    self.signature = Signature(inputs: inputs, outputs: inputs)
    self.options = options
  }

  /// `echo`.
  public var engine: String { "echo" }
  /// Whether it has no inputs and so takes any payload.
  public var isOpaque: Bool { self.signature.inputs.isEmpty }

  /// Does what the options say and gives the inputs back.
  ///
  /// Throws as any model, and `internal` for a payload to fail on.
  public func run(_ inputs: [Tensor], outputs: [Int], control: RunControl?) throws(InferenceError) -> [Tensor] {
    try self.validate(inputs, outputs: outputs)
    try self.process(inputs.map { $0.buffer }, control: control)
    return outputs.isEmpty ? inputs : outputs.map { inputs[$0] }
  }

  /// Does what the options say for a payload that is passed on as it is.
  ///
  /// Throws `internal` if it has the bytes to fail on, `cancelled` after `control.cancel()`.
  public func process(_ payload: [TensorBuffer], control: RunControl? = nil) throws(InferenceError) {
    if payload.contains(where: { Self.contains($0, self.options.crashOn) }) { abort() }
    if payload.contains(where: { Self.contains($0, self.options.failOn) }) {
      throw InferenceError(.internal, "echo was told to fail on this payload")
    }
    while payload.contains(where: { Self.contains($0, self.options.hangHardOn) }) { pause() }
    let hangs = payload.contains { Self.contains($0, self.options.hangOn) }
    try self.wait(for: hangs ? .seconds(Int64(Int32.max)) : self.options.delay, control: control)
  }

  /// Sleeps without waking up in between: each time it would have to wait for a processor.
  private func wait(for delay: Duration, control: RunControl?) throws(InferenceError) {
    if delay > .zero { InterruptibleSleep.lasting(delay, until: control) }
    if control?.isCancelled == true { throw InferenceError(.cancelled, "echo was cancelled") }
  }

  private static func contains(_ buffer: TensorBuffer, _ pattern: [UInt8]) -> Bool {
    guard !pattern.isEmpty, buffer.count >= pattern.count else { return false }
    return buffer.withUnsafeBytes { bytes in
      (0...(bytes.count - pattern.count)).contains { start in
        bytes[start] == pattern[0] && bytes[start..<(start + pattern.count)].elementsEqual(pattern)
      }
    }
  }
}
