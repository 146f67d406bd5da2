import AuguryClient
import QueueCore
import ZeroMQ

/// A payload part with these bytes.
func frame(_ bytes: [UInt8]) throws -> Frame {
  try Frame(copying: bytes.span.bytes)
}

/// A payload part with this text.
func frame(_ text: String) throws -> Frame {
  try frame(Array(text.utf8))
}

/// The error a call ends with; nil if it does not.
func failure<Value>(
  isolation: isolated (any Actor)? = #isolation, of call: () async throws(PredictionError) -> Value
) async -> PredictionError? {
  do throws(PredictionError) {
    _ = try await call()
    return nil
  } catch {
    return error
  }
}

extension AuguryClient.Options {
  /// Options for tests in which nothing is to end by the clock, however busy the machine is.
  static var patient: Self {
    var options = Self()
    options.timeout = nil
    options.controlTimeout = nil
    options.grace = .seconds(60)
    options.liveness = 60
    return options
  }

  /// Options for tests in which the broker falls silent: it shows within 100 ms.
  static var impatient: Self {
    var options = Self.patient
    options.pingInterval = .milliseconds(25)
    options.liveness = 4
    return options
  }
}
