/// An HTTP address in the plain form that every reader understands alike. What could be read in two ways is refused,
/// since it is compared with what an operator allows.
struct NotifyURL: Hashable, Sendable {
  /// Why a text is no such address.
  struct Problem: Error {
    /// What is wrong and what was expected.
    var reason: String
  }

  /// `http` or `https`.
  let scheme: String
  /// Name or address, in lower case; an IPv6 address in brackets.
  let host: String
  /// The port, if it is named.
  let port: UInt16?
  /// The path; empty or beginning with a slash.
  let path: String

  /// Any path and port of a host.
  init(scheme: String, host: String) {
    self.scheme = scheme
    self.host = host
    self.port = nil
    self.path = ""
  }

  /// Throws ``Problem``.
  init(_ text: String) throws(Problem) {
    guard text.utf8.count <= 2048 else { throw Problem(reason: "it is longer than 2,048 bytes") }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "#") })
    else { throw Problem(reason: "it may have neither blanks, \\, # nor anything but ASCII in it") }
    let scheme = ["http", "https"].first { text.lowercased().hasPrefix("\($0)://") }
    guard let scheme else { throw Problem(reason: "it must begin with http:// or https://") }
    self.scheme = scheme
    let rest = text.dropFirst(scheme.count + 3)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    (self.host, self.port) = try Self.hostAndPort(authority)
    self.path = String(rest[authority.endIndex...].prefix { $0 != "?" })
    let lowered = self.path.lowercased()
    guard !["%2e", "%2f", "%5c"].contains(where: { lowered.contains($0) }),
      !lowered.split(separator: "/").contains(where: { $0 == "." || $0 == ".." })
    else { throw Problem(reason: "its path must be plain, without . or .. in it, also encoded as %2e or %2f") }
  }

  private static func hostAndPort(_ authority: Substring) throws(Problem) -> (String, UInt16?) {
    guard !authority.contains("@") else { throw Problem(reason: "it may have no user name in it") }
    var host = authority
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { throw Problem(reason: "a ] is missing") }
      host = authority[...end]
      guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }), host.count > 3 else {
        throw Problem(reason: "\(host) is no IPv6 address")
      }
    } else {
      host = authority.prefix { $0 != ":" }
      guard !host.isEmpty, host.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" }) else {
        throw Problem(reason: "'\(host)' is no name of a host")
      }
    }
    let tail = authority[host.endIndex...]
    guard !tail.isEmpty else { return (host.lowercased(), nil) }
    guard tail.hasPrefix(":"), tail.dropFirst().allSatisfy(\.isNumber), let port = UInt16(tail.dropFirst()), port > 0
    else { throw Problem(reason: "'\(tail.dropFirst())' is no port, expected 1 to 65535") }
    return (host.lowercased(), port)
  }

  /// Whether this address is one of those that begin like `prefix`: the same scheme and host, the same port if the
  /// prefix names one, and a path that goes on from the prefix's at a slash.
  func begins(like prefix: NotifyURL) -> Bool {
    guard self.scheme == prefix.scheme, self.host == prefix.host else { return false }
    if let port = prefix.port, self.port ?? self.standardPort != port { return false }
    let start = prefix.path.hasSuffix("/") ? String(prefix.path.dropLast()) : prefix.path
    return start.isEmpty || self.path == start || self.path.hasPrefix(start + "/")
  }

  /// The address without its query.
  var text: String { "\(self.scheme)://\(self.host)\(self.port.map { ":\($0)" } ?? "")\(self.path)" }

  private var standardPort: UInt16 { self.scheme == "https" ? 443 : 80 }
}
