import QueueCore

/// What an operator does to routes and aliases.
extension World {
  /// One change, which the broker may refuse.
  mutating func changeRoutes() {
    let options = self.stage.options
    let model = Catalogue.names(self.stage.random.below(options.versions), options).model
    let versions = Catalogue.versions(of: model, options)
    var table = self.routes
    do throws(RouteError) {
      switch self.stage.random.below(12) {
      case 0:
        try table.removeRoute(of: model)
      case 1:
        try table.setAlias(
          Catalogue.alias, of: model, to: self.stage.random.one(of: versions), versions: versions)
      case 2:
        try table.removeAlias(Catalogue.alias, of: model)
      case 3, 4:
        guard let former = self.formerRoutes[model]?.dropLast(), !former.isEmpty else { return }
        table.restoreRoute(of: model, to: self.stage.random.one(of: Array(former)))
      default:
        try table.setRoute(of: model, to: self.settings(versions))
      }
      try self.broker.setRoutes(table, in: &self.stage)
      self.routes = table
      if let route = table[model].route { self.formerRoutes[model, default: []].append(route) }
    } catch {
      self.stage.say("operator: \(error)")
    }
  }

  private mutating func settings(_ versions: [String]) -> RouteSettings {
    var settings = RouteSettings(variants: [])
    for version in versions {
      if self.stage.random.percent(70) {
        let weight = Weight(UInt16(self.stage.random.one(of: [0, 1, 5, 10, 50, 90, 100])))
        settings.variants.append(RouteVariant(version: version, weight: weight))
      } else if self.stage.random.percent(70) {
        settings.shadows.append(
          ShadowTarget(version: version, slots: self.stage.random.one(of: [100, 5000, 10_000])))
      }
    }
    settings.isSticky = self.stage.random.percent(30)
    settings.hasFallback = self.stage.random.percent(50)
    return settings
  }
}
