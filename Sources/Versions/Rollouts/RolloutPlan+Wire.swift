import AuguryClient
import QueueCore
import Store

extension RolloutPlan {
  /// What a client wants to be done, from the route that is in force.
  ///
  /// Throws ``PredictionError`` `INVALID_ARGUMENT` for a plan that makes no sense.
  init(_ request: RolloutRequest, route: Route?) throws(PredictionError) {
    let original: [VersionWeight]
    if let route {
      // Slots are exact: what the route comes to, and not how its weights were written.
      original = route.settings.variants.map {
        VersionWeight(version: $0.version, weight: UInt64(route.assignment.slots(of: $0.version)))
      }
    } else if let baseline = request.baseline {
      original = [VersionWeight(version: baseline, weight: 1)]
    } else {
      throw .invalid(
        "INVALID_ROLLOUT", "model \"\(request.model)\" has no route; set one, or name the version that has all traffic")
    }
    let guards = try Self.guards(request.guards ?? [])
    let hold = try Self.milliseconds(request.holdSeconds, "hold")
    let failFor = try Self.milliseconds(request.failForSeconds ?? 30, "fail-for")
    do throws(RolloutPlanError) {
      self = try RolloutPlan(
        candidate: request.candidate, original: original, steps: try RolloutShare.steps(parsing: request.steps),
        holdMilliseconds: hold, guards: guards, failForMilliseconds: failFor,
        minimumRequests: UInt64(clamping: request.minimumRequests ?? 100),
        minimumScores: UInt64(clamping: request.minimumScores ?? 100),
        onFailure: request.pausesOnFailure == true ? .pause : .rollBack)
    } catch {
      throw .invalid("INVALID_ROLLOUT", error.description)
    }
  }

  private static func guards(_ texts: [String]) throws(PredictionError) -> [RolloutGuard] {
    do throws(RolloutGuardError) {
      return try texts.map { (text) throws(RolloutGuardError) in try RolloutGuard(parsing: text) }
    } catch {
      throw .invalid("INVALID_GUARD", error.description)
    }
  }

  private static func milliseconds(_ seconds: Double, _ field: String) throws(PredictionError) -> UInt64 {
    guard seconds >= 0, seconds <= Double(Self.maximumMilliseconds) / 1000 else {
      throw .invalid("INVALID_ROLLOUT", "\(field) is \(seconds) s, expected 0 to a year")
    }
    return UInt64(seconds * 1000)
  }
}
