/// Why a version cannot become known.
public enum VersionError: Error, Hashable, Sendable {
  /// Model or version is no name, see ``Names``.
  case invalidName
  /// There are as many versions as there may be.
  case tooMany(limit: Int)
  /// The model has an alias of this name, so `@NAME` would mean two versions.
  case isAlias(model: String, version: String)

  /// The gRPC code.
  public var status: StatusCode {
    switch self {
    case .invalidName: .invalidArgument
    case .tooMany: .resourceExhausted
    case .isAlias: .failedPrecondition
    }
  }

  /// The machine-readable reason.
  public var reason: String {
    switch self {
    case .invalidName: "INVALID_NAME"
    case .tooMany: "TOO_MANY_VERSIONS"
    case .isAlias: "VERSION_IS_ALIAS"
    }
  }

  /// One line that names what was wrong, and what was expected.
  public var message: String {
    switch self {
    case .invalidName: "model and version must be 1 to \(Names.maximumBytes) bytes of A-Z a-z 0-9 . _ -"
    case .tooMany(let limit): "the broker knows \(limit) versions, the limit"
    case .isAlias(let model, let version):
      "model \"\(model)\" has an alias \"\(version)\"; expected a version whose name is no alias"
    }
  }
}
