import AuguryClient
import QueueCore
import Store

extension RouteSettings {
  /// What a client says about a route.
  ///
  /// Throws ``PredictionError`` `INVALID_ARGUMENT` for a weight or share that is none.
  init(_ route: RouteSpecification) throws(PredictionError) {
    var variants: [RouteVariant] = []
    for variant in route.variants {
      guard let weight = Weight(variant.weight) else {
        throw .invalid(
          "INVALID_WEIGHT",
          "weight \"\(variant.weight)\" of version \"\(variant.version)\", "
            + "expected a number from 0 to \(Weight.maximum) with at most six decimals")
      }
      variants.append(RouteVariant(version: variant.version, weight: weight))
    }
    var shadows: [ShadowTarget] = []
    for shadow in route.shadows ?? [] {
      let slots = (shadow.share * Double(SlotAssignment.slotCount)).rounded()
      guard shadow.share <= 1, slots >= 1 else {
        throw .invalid(
          "INVALID_SHARE", "share \(shadow.share) of shadow \"\(shadow.version)\", expected 0.0001 to 1")
      }
      shadows.append(ShadowTarget(version: shadow.version, slots: Int(slots)))
    }
    self.init(
      variants: variants, isSticky: route.sticky ?? false, shadows: shadows, hasFallback: route.fallback ?? false)
  }
}

extension RouteSpecification {
  /// A route as clients see it.
  init(_ settings: RouteSettings) {
    self.init(
      variants: settings.variants.map { Variant(version: $0.version, weight: $0.weight.description) },
      sticky: settings.isSticky,
      shadows: settings.shadows.map {
        Shadow(version: $0.version, share: Double($0.slots) / Double(SlotAssignment.slotCount))
      },
      fallback: settings.hasFallback)
  }
}

extension RouteChange {
  /// A change as clients see it.
  init(_ revision: RouteRevision) {
    self.init(
      model: revision.model, epoch: Int(revision.epoch),
      route: revision.route.map { RouteSpecification($0.settings) }, at: revision.setAt, by: revision.setBy,
      reason: revision.reason.isEmpty ? nil : revision.reason)
  }
}
