/// A model at a server that speaks the Open Inference Protocol over HTTP.
public struct HTTPTarget: Hashable, Sendable {
  /// Connections that one generator can hold, each with a thread.
  public static let maximumConnections = 4096

  /// The address that the model's metadata is at.
  public let modelAddress: String
  /// Seconds until a request is given up.
  public var timeoutSeconds: Double
  /// Connections, 1...``maximumConnections``; each has one request at a time.
  public var connections: Int

  /// The address that requests go to.
  public var inferAddress: String { self.modelAddress + "/infer" }

  /// Names a model, and its version unless the server is to choose, at a server's base address.
  ///
  /// Throws ``LoadError``, `address`.
  public init(
    base: String, model: String, version: String? = nil, timeoutSeconds: Double = 5, connections: Int = 1
  ) throws(LoadError) {
    precondition((1...Self.maximumConnections).contains(connections), "no generator holds \(connections) connections")
    let isHTTP = ["http://", "https://"].contains { base.lowercased().hasPrefix($0) && base.count > $0.count }
    guard isHTTP, base.unicodeScalars.allSatisfy({ $0.isASCII && $0.value > 32 && $0 != "?" && $0 != "#" }) else {
      throw .address("'\(base)' is no address of a server, expected something like http://127.0.0.1:8000")
    }
    var address = base
    while address.last == "/" { address.removeLast() }
    address += "/v2/models/\(Self.escaped(model))"
    if let version { address += "/versions/\(Self.escaped(version))" }
    self.modelAddress = address
    self.timeoutSeconds = timeoutSeconds
    self.connections = connections
  }

  /// A name as it stands in a path.
  private static func escaped(_ name: String) -> String {
    name.utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      return isPlain || "-._~".unicodeScalars.contains(scalar)
        ? String(Character(scalar)) : "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
    }.joined()
  }
}
