public import QueueCore

/// A change of a model's route: what it became, and who wanted it.
public struct RouteRevision: Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// Which change of the model's route it is, from 1.
  public var epoch: UInt32
  /// The route from then on; nil if it was taken away.
  public var route: Route?
  /// When, in seconds since 1970.
  public var setAt: Double
  /// Who wanted it.
  public var setBy: String
  /// Why; empty if nobody said.
  public var reason: String

  /// Describes a change.
  public init(model: String, epoch: UInt32, route: Route?, setAt: Double, setBy: String, reason: String) {
    self.model = model
    self.epoch = epoch
    self.route = route
    self.setAt = setAt
    self.setBy = setBy
    self.reason = reason
  }

  /// The versions that the route names.
  public var versions: [String] {
    guard let settings = self.route?.settings else { return [] }
    return settings.variants.map(\.version) + settings.shadows.map(\.version)
  }
}
