public import Tensors

/// What a server of the Open Inference Protocol says before there is load.
public struct HTTPEndpoint: Sendable {
  private static let shortTextBytes = 200

  private let target: HTTPTarget

  /// Names it; nothing is sent yet.
  public init(_ target: HTTPTarget) {
    self.target = target
  }

  /// Asks for the model's inputs and outputs.
  ///
  /// Throws ``LoadError``: `unreachable`, `refused` with the server's status, or `protocolViolation` if what it says
  /// is no metadata of a model.
  public func signature() throws(LoadError) -> Signature {
    let address = self.target.modelAddress
    let answer = try HTTPConnection(timeoutSeconds: self.target.timeoutSeconds).get(address)
    try self.check(answer, of: "GET \(address)")
    do throws(TensorError) {
      return try Signature(metadata: answer.head)
    } catch {
      throw .protocolViolation(
        "GET \(address) does not give a model's metadata, as the Open Inference Protocol has it: \(error.message); it "
          + "gives \(Self.short(answer.head))")
    }
  }

  /// Sends one request, to learn whether any can succeed; what only says that the server is busy is no hindrance.
  ///
  /// Throws ``LoadError`` as ``signature()``; `protocolViolation` if the answer has no outputs.
  public func sendAhead(_ payload: LoadPayload) throws(LoadError) {
    let address = self.target.inferAddress
    let connection = try HTTPConnection(timeoutSeconds: max(30, self.target.timeoutSeconds))
    let answer = connection.post(HTTPBody(payload), to: address, keeping: 1 << 20)
    if case .status(let status) = answer.end, status >= 500 || [408, 425, 429].contains(status) { return }
    try self.check(answer, of: "POST \(address)")
    guard String(decoding: answer.head, as: UTF8.self).contains("\"outputs\"") else {
      throw .protocolViolation(
        "POST \(address) is answered without \"outputs\", which the Open Inference Protocol demands: "
          + Self.short(answer.head))
    }
  }

  private func check(_ answer: HTTPAnswer, of what: String) throws(LoadError) {
    switch answer.end {
    case .failed(_, let message): throw .unreachable("\(what): \(message)")
    case .status(let status):
      guard !(200...299).contains(status) else { return }
      throw .refused(status: status, "\(what): HTTP status \(status): \(Self.short(answer.head))")
    }
  }

  /// The beginning of an answer, for people.
  static func short(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(Self.shortTextBytes), as: UTF8.self)
    return text.isEmpty ? "nothing" : bytes.count > Self.shortTextBytes ? "\(text)…" : text
  }
}
