import ArgumentParser
import AuguryClient

/// A version and its weight, as `VERSION=WEIGHT`.
struct VariantArgument: ExpressibleByArgument, Equatable {
  var variant: RouteSpecification.Variant

  init?(argument: String) {
    guard let label = try? LabelArgument(argument), !label.value.isEmpty else { return nil }
    self.variant = RouteSpecification.Variant(version: label.key, weight: label.value)
  }
}

/// A version that gets copies, and the share of the requests that is copied, as `VERSION`, `VERSION=25%` or
/// `VERSION=0.25`.
struct ShadowArgument: ExpressibleByArgument, Equatable {
  var shadow: RouteSpecification.Shadow

  init?(argument: String) {
    guard argument.contains("=") else {
      self.shadow = RouteSpecification.Shadow(version: argument)
      return
    }
    guard let label = try? LabelArgument(argument) else { return nil }
    let isPercent = label.value.hasSuffix("%")
    guard let number = Double(isPercent ? String(label.value.dropLast()) : label.value), number > 0,
      number <= (isPercent ? 100 : 1)
    else { return nil }
    self.shadow = RouteSpecification.Shadow(version: label.key, share: isPercent ? number / 100 : number)
  }
}
