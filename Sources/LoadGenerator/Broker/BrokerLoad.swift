import QueueCore
import ZeroMQ

/// Load for a broker, from one thread with any number of connections.
public struct BrokerLoad: Sendable {
  private let target: BrokerTarget
  private let payloads: [LoadPayload]
  private let plan: LoadPlan

  /// Prepares a load; requests take the payloads in turn, of which there is at least one.
  public init(_ target: BrokerTarget, payloads: [LoadPayload], plan: LoadPlan) {
    self.target = target
    self.payloads = payloads
    self.plan = plan
  }

  /// Opens the connections, runs the plan, waits for all answers, and says what was recorded.
  ///
  /// Throws ``LoadError``: `silent` if there is no broker, `system` if there is no room for so many connections.
  public func run() async throws(LoadError) -> LoadRecorder {
    let load = self
    let result: Result<LoadRecorder, LoadError>
    do {
      result = try await LoopThread(name: "augury-load") {
        do throws(LoadError) {
          return .success(try load.runHere())
        } catch {
          return .failure(error)
        }
      }.value
    } catch let error as ZMQError {
      throw .system(error, target: self.target.endpoint)
    } catch {
      preconditionFailure("the thread throws nothing")
    }
    return try result.get()
  }

  private func runHere() throws(LoadError) -> LoadRecorder {
    let connections = try self.connect()
    do throws(ZMQError) {
      let payloads = try self.payloads.map { (payload) throws(ZMQError) in try BrokerPayload(payload) }
      let wakes = try WakeSet()
      for (index, connection) in connections.enumerated() {
        try wakes.add(try connection.socket.fileDescriptor(), index: index)
      }
      let loop = BrokerLoop(
        self.target, connections: connections, payloads: payloads, wakes: wakes, plan: self.plan)
      return try loop.run()
    } catch {
      throw .system(error, target: self.target.endpoint)
    }
  }

  /// Opens every connection and waits until the broker has answered on each.
  private func connect() throws(LoadError) -> [BrokerConnection] {
    do throws(ZMQError) {
      let context = try Context(maxSockets: self.target.clients + 1, zeroCopyReceive: true)
      let connections = try (0..<self.target.clients).map { (_) throws(ZMQError) in
        try BrokerConnection(to: self.target.endpoint, in: context)
      }
      if try self.haveAnswered(connections) { return connections }
    } catch {
      throw .system(error, target: self.target.endpoint)
    }
    throw .silent(endpoint: self.target.endpoint, seconds: Double(self.target.connectMilliseconds) / 1000)
  }

  /// Asks on every connection whether the broker is there; false if it does not say so on each in time.
  private func haveAnswered(_ connections: [BrokerConnection]) throws(ZMQError) -> Bool {
    for connection in connections {
      try connection.send(header: PingHeader(nonce: 1).encoded.array, payload: [])
    }
    let start = Instant(nanoseconds: MonotonicClock.nanoseconds)
    let end = start.advanced(byMilliseconds: self.target.connectMilliseconds)
    for connection in connections {
      var poller = Poller(capacity: 1)
      _ = poller.add(connection.socket)
      try poller.wait(untilNanoseconds: end.nanoseconds, now: MonotonicClock.nanoseconds)
      // What it says does not matter; the session's own questions come with its requests.
      guard try connection.socket.receiveFrames(maxParts: 1) != nil else { return false }
    }
    return true
  }
}
