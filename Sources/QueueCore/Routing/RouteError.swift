/// What is wrong with a route, an alias, or a table of them.
public enum RouteError: Error, Hashable, Sendable {
  /// A name that none can be.
  case invalidName(field: String, name: String)
  /// No version at all.
  case noVariants
  /// More versions than a route may have.
  case tooManyVariants(count: Int, limit: Int)
  /// A version is named twice.
  case duplicateVersion(String)
  /// All weights are zero.
  case noWeight
  /// A weight that is positive, but less than half a slot beside the others.
  case shareTooSmall(version: String, weight: Weight)
  /// More shadow targets than a route may have.
  case tooManyShadows(count: Int, limit: Int)
  /// A version cannot answer requests and get copies of them.
  case shadowIsVariant(String)
  /// A share of copies that is none.
  case shadowShare(version: String, slots: Int)
  /// A stored table of slots that is not whole.
  case damagedAssignment(String)
  /// An alias that is also a version's name: `@NAME` could mean either.
  case aliasIsVersion(model: String, alias: String)
  /// More aliases than a model may have.
  case tooManyAliases(model: String, limit: Int)
  /// There is no such alias.
  case unknownAlias(model: String, alias: String)
  /// There is no route to take away.
  case noRoute(model: String)
  /// A route differs from the one in force, but its epoch is not a later one: it was made from an old table.
  case epochNotAdvanced(model: String, epoch: UInt32, current: UInt32)
  /// The table names more versions than the broker may know.
  case tooManyVersions(limit: Int)
}

extension RouteError: CustomStringConvertible {
  /// One line that names what was wrong, and what was expected.
  public var description: String {
    switch self {
    case .invalidName(let field, let name):
      "\(field) \"\(Self.printable(name))\" is no name, expected 1 to \(Names.maximumBytes) bytes of A-Z a-z 0-9 . _ -"
    case .noVariants: "a route needs at least one version with a weight, for example 1=90 2=10"
    case .tooManyVariants(let count, let limit): "\(count) versions in a route; the limit is \(limit)"
    case .duplicateVersion(let version): "version \"\(version)\" is named twice"
    case .noWeight: "the weights add up to zero; expected at least one that is more"
    case .shareTooSmall(let version, let weight):
      "weight \(weight) of version \"\(version)\" is less than 0.01 % of the sum, the smallest share; "
        + "expected 0 or a greater one"
    case .tooManyShadows(let count, let limit): "\(count) shadow targets in a route; the limit is \(limit)"
    case .shadowIsVariant(let version):
      "version \"\(version)\" answers requests of this route, so it cannot be a shadow target of it too"
    case .shadowShare(let version, let slots):
      "shadow target \"\(version)\" is to get \(slots) slots, expected 1 to \(SlotAssignment.slotCount)"
    case .damagedAssignment(let what): "the table of slots is damaged: \(what)"
    case .aliasIsVersion(let model, let alias):
      "model \"\(model)\" has a version \"\(alias)\"; an alias needs a name that no version has"
    case .tooManyAliases(let model, let limit): "model \"\(model)\" has \(limit) aliases, the limit"
    case .unknownAlias(let model, let alias): "model \"\(model)\" has no alias \"\(Self.printable(alias))\""
    case .noRoute(let model): "model \"\(Self.printable(model))\" has no route"
    case .epochNotAdvanced(let model, let epoch, let current):
      "the route of model \"\(model)\" has changed since: this one is of epoch \(epoch), "
        + "the present one of \(current); look at it and try again"
    case .tooManyVersions(let limit): "with these routes the broker would know more than \(limit) versions, the limit"
    }
  }

  private static func printable(_ text: String) -> String {
    String(text.prefix(Names.maximumBytes).map { $0.isASCII && !$0.isNewline && $0 != "\u{0}" ? $0 : "?" })
  }
}
