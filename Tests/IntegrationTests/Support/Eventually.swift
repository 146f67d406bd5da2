import Testing

/// What a test waited for did not come.
struct NotInTime: Error, CustomStringConvertible {
  var what: String
  var patience: Duration
  var lastError: String?

  var description: String {
    "waited \(self.patience) for \(self.what) in vain" + (self.lastError.map { "; the last look failed: \($0)" } ?? "")
  }
}

/// Looks again and again until there is something to see, and returns it. The only place where the tests pause.
///
/// An error of the look counts as nothing seen. However late the machine lets it come round, it looks a fair number of
/// times before it throws ``NotInTime``.
@discardableResult
func eventually<Value>(
  _ what: String, within patience: Duration = .seconds(30), isolation: isolated (any Actor)? = #isolation,
  look: () async throws -> Value?
) async throws -> Value {
  let deadline = ContinuousClock.now + patience
  var lastError: String?
  var looks = 0
  while looks < 20 || ContinuousClock.now < deadline {
    do {
      if let value = try await look() { return value }
      lastError = nil
    } catch {
      lastError = "\(error)"
    }
    looks += 1
    try await Task.sleep(for: looks < 20 ? .milliseconds(5) : .milliseconds(25))
  }
  throw NotInTime(what: what, patience: patience, lastError: lastError)
}

/// Looks again and again until a condition holds.
func eventually(
  _ what: String, within patience: Duration = .seconds(30), isolation: isolated (any Actor)? = #isolation,
  holds: () async throws -> Bool
) async throws {
  let _: Void = try await eventually(what, within: patience, isolation: isolation) { try await holds() ? () : nil }
}
