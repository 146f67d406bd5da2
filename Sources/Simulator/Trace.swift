import QueueCore

/// What happened, as a number that depends on all of it, and as lines for whoever wants to read them.
struct Trace {
  private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  private let write: ((String) -> Void)?

  init(write: ((String) -> Void)?) {
    self.write = write
  }

  mutating func mix(_ value: UInt64) {
    self.hash = (self.hash ^ value) &* 0x0000_0100_0000_01B3
    self.hash ^= self.hash >> 29
  }

  mutating func mix(_ message: Message) {
    for part in message {
      self.mix(UInt64(part.count))
      for byte in part { self.hash = (self.hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }
  }

  func line(_ text: @autoclosure () -> String, at time: UInt64) {
    guard let write = self.write else { return }
    write("\(Self.seconds(time))  \(text())")
  }

  static func seconds(_ nanoseconds: UInt64) -> String {
    let micros = String(nanoseconds % Time.second / Time.microsecond)
    return "\(nanoseconds / Time.second).\(String(repeating: "0", count: 6 - micros.count))\(micros) s"
  }

  /// A message's units in words.
  static func describe(_ message: Message) -> String {
    var words: [String] = []
    var units = Units(message)
    do throws(WireError) {
      while let unit = try units.next() { words.append(try Self.describe(unit)) }
    } catch {
      words.append("(\(error))")
    }
    return words.isEmpty ? "(no parts)" : words.joined(separator: " + ")
  }

  private static func describe(_ unit: Unit) throws(WireError) -> String {
    let name = unit.prefix.command.name
    let header = unit.header.span.bytes
    switch unit.prefix.command {
    case .request:
      let request = try RequestHeader(decoding: header)
      return "\(name) \(request.request.rawValue) \(request.requestClass) timeout \(request.timeoutMicroseconds)"
    case .cancel:
      return "\(name) \(try CancelHeader(decoding: header).request.rawValue)"
    case .reply:
      let reply = try ReplyHeader(decoding: header)
      return "\(name) \(reply.request.rawValue) \(reply.status.name) attempts \(reply.attempts)"
    case .work:
      let work = try WorkHeader(decoding: header)
      return "\(name) \(work.work.rawValue)#\(work.attempt) left \(work.remainingMicroseconds)"
    case .cancelWork:
      let cancel = try CancelWorkHeader(decoding: header)
      return "\(name) \(cancel.work.rawValue)#\(cancel.attempt)"
    case .result:
      let result = try ResultHeader(decoding: header)
      return
        "\(name) \(result.work.rawValue)#\(result.attempt) session \(result.session.rawValue) \(result.status.name)"
    case .welcome:
      return "\(name) session \(try WelcomeHeader(decoding: header).session.rawValue)"
    case .ready:
      let ready = try ReadyHeader(decoding: header)
      return "\(name) session \(ready.session.rawValue) credit \(ready.credit)+\(ready.bulkCredit)"
    case .heartbeat, .brokerHeartbeat, .drain, .draining, .goodbye:
      return "\(name) session \(try SessionHeader(decoding: header).session.rawValue)"
    case .disconnect:
      return "\(name) \(try DisconnectHeader(decoding: header).detail.reason)"
    case .ping, .pong:
      return "\(name) \(try PingHeader(decoding: header).nonce)"
    case .join:
      let join = try JoinHeader(decoding: header)
      return "\(name) \(join.name) \(join.model)@\(join.version)"
    case .control:
      return name
    }
  }
}
