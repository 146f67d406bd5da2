import AuguryClient
import QueueCore
import Store

/// What may be set, and what is set if nothing is said.
extension CaptureService {
  static var standardLimits: CaptureLimits {
    guard let limits = try? CaptureLimits() else { preconditionFailure("The standard limits make no sense") }
    return limits
  }

  static func setting(_ order: CaptureSettings) throws(PredictionError) -> CaptureSetting {
    let total = order.maximumBytes ?? Int(clamping: Self.standardLimits.totalBytes)
    guard total > 0 else { throw .invalid("INVALID_BOUND", "\(total) bytes in all, expected more than 0") }
    let segment = order.segmentBytes ?? min(Int(clamping: Self.standardLimits.segmentBytes), max(1, total / 4))
    guard segment > 0 else { throw .invalid("INVALID_BOUND", "segments of \(segment) bytes, expected more than 0") }
    let seconds = order.segmentSeconds ?? 3600
    guard seconds >= 1, seconds <= 31 * 86_400 else {
      throw .invalid("INVALID_BOUND", "segments of \(seconds) s, expected 1 second to 31 days")
    }
    // A capture of nothing is one that is off.
    guard order.share != 0 else { throw .invalid("INVALID_BOUND", "a share of 0; capture.off ends a capture") }
    _ = try Self.checked { () throws(CaptureSettingsError) in try CaptureSampler(share: order.share) }
    return CaptureSetting(
      model: order.model, share: order.share, maximumBytes: total, segmentBytes: segment, segmentSeconds: seconds)
  }

  static func limits(_ setting: CaptureSetting) throws(PredictionError) -> CaptureLimits {
    try Self.checked { () throws(CaptureSettingsError) in
      try CaptureLimits(
        segmentBytes: UInt64(clamping: setting.segmentBytes),
        segmentMilliseconds: UInt64(setting.segmentSeconds * 1000),
        totalBytes: UInt64(clamping: setting.maximumBytes))
    }
  }

  static func checked<Value>(
    _ body: () throws(CaptureSettingsError) -> Value
  ) throws(PredictionError) -> Value {
    do throws(CaptureSettingsError) {
      return try body()
    } catch {
      throw .invalid("INVALID_BOUND", error.description)
    }
  }
}

extension CaptureSettings {
  init(_ setting: CaptureSetting) {
    self.init(
      model: setting.model, share: setting.share, maximumBytes: setting.maximumBytes,
      segmentBytes: setting.segmentBytes, segmentSeconds: setting.segmentSeconds)
  }
}
