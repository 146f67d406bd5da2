import QueueCore

/// Every request of a living client is answered exactly once: by the broker on the wire, and by its session to the
/// client's program, there with the answer to this request and no other.
struct ExactlyOneReply: Check {
  private var open: [ClientRequest: UInt64] = [:]

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .asked(.reply(let client, let reply, _), _, _):
      return Self.judgeAnswer(client, reply.request, ledger)
    case .asked(.refuse(let client, let request, _, _), _, _):
      return Self.judgeAnswer(client, request, ledger)
    case .stepped:
      guard let key = ledger.reported else { return nil }
      return "request \(key.request.rawValue) of client \(key.client.rawValue) has a result and got no reply"
    case .submitted(let request, let token):
      guard self.open.updateValue(token, forKey: request) != nil else { return nil }
      return "\(Self.describe(request)) was begun twice"
    case .ended(let request, let token):
      guard let asked = self.open.removeValue(forKey: request) else {
        return "\(Self.describe(request)) ended, but it had not begun or had ended before"
      }
      guard let token, token != asked else { return nil }
      return "\(Self.describe(request)) got the answer to another request: token \(token), expected \(asked)"
    case .clientGone(let client):
      self.open = self.open.filter { $0.key.client != client }
      return nil
    default:
      return nil
    }
  }

  func pending(_ ledger: Ledger) -> String? {
    guard let first = self.open.keys.min() else { return nil }
    return "\(self.open.count) requests wait for their end at their clients, \(Self.describe(first)) first"
  }

  private static func judgeAnswer(_ client: PeerID, _ request: RequestID, _ ledger: Ledger) -> String? {
    if ledger.entries[RequestKey(client: client, request: request)] != nil { return nil }
    if let arriving = ledger.arriving, arriving.client == client, arriving.request == request { return nil }
    return "request \(request.rawValue) of client \(client.rawValue) is answered, but it is not outstanding"
  }

  private static func describe(_ request: ClientRequest) -> String {
    "request \(request.request.rawValue) of program \(request.client)"
  }
}
