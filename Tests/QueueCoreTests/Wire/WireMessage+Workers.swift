import QueueCore

extension JoinHeader: WireMessage {
  var onWire: [UInt8] { self.encoded }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(
      heartbeatMilliseconds: .random(in: 1...3_600_000, using: &generator), liveness: max(1, generator.number()),
      processID: generator.number(), model: generator.name(), version: generator.name(), name: generator.name(),
      host: generator.text(), engine: generator.text(), wantsArtifact: generator.chance(oneIn: 2))
  }
}

extension ReadyHeader: WireMessage {
  var onWire: [UInt8] { self.encoded }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(
      session: SessionID(generator.number()), credit: max(1, generator.number()), bulkCredit: generator.number(),
      maxBatchSize: generator.number(), loadMilliseconds: generator.number(), digest: generator.digest())
  }
}

extension ResultHeader: WireMessage {
  var onWire: [UInt8] { self.encoded.array }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(
      work: WorkID(generator.number()), session: SessionID(generator.number()), attempt: generator.number(),
      status: generator.element(of: StatusCode.allCases), contentType: generator.element(of: ContentType.allCases),
      parts: generator.parts(), queueMicroseconds: generator.number(), computeMicroseconds: generator.number())
  }
}

extension SessionHeader: WireMessage {
  static let commands: [Command] = [.heartbeat, .draining, .goodbye, .brokerHeartbeat, .drain]

  var onWire: [UInt8] { self.encoded.array }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(
      generator.element(of: Self.commands), session: SessionID(generator.number()), parts: generator.parts())
  }
}

extension WelcomeHeader: WireMessage {
  var onWire: [UInt8] { self.encoded.array }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(
      session: SessionID(generator.number()), heartbeatMilliseconds: .random(in: 1...3_600_000, using: &generator),
      liveness: max(1, generator.number()), parts: Int.random(in: 0...1, using: &generator))
  }
}

extension WorkHeader: WireMessage {
  var onWire: [UInt8] { self.encoded.array }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(
      work: WorkID(generator.number()), remainingMicroseconds: generator.timeout(), attempt: generator.number(),
      requestClass: generator.element(of: RequestClass.allCases),
      contentType: generator.element(of: ContentType.allCases), parts: generator.parts())
  }
}

extension CancelWorkHeader: WireMessage {
  var onWire: [UInt8] { self.encoded.array }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(work: WorkID(generator.number()), attempt: generator.number())
  }
}

extension DisconnectHeader: WireMessage {
  var onWire: [UInt8] { self.encoded }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(status: generator.element(of: StatusCode.allCases), detail: ErrorDetail.random(using: &generator))
  }
}

extension Artifact: WireMessage {
  var onWire: [UInt8] { self.encoded }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(path: generator.text(maximumBytes: 4096), digest: generator.bytes(count: 32))
  }
}

extension WorkerFigures: WireMessage {
  var onWire: [UInt8] { self.encoded }
  static func random(using generator: inout SplitMix64) -> Self {
    var figures = Self()
    figures.inFlight = generator.number()
    figures.queued = generator.number()
    figures.requests = generator.number()
    figures.rows = generator.number()
    figures.batches = generator.number()
    figures.residentBytes = generator.number()
    figures.cpuMicroseconds = generator.number()
    figures.uptimeMilliseconds = generator.number()
    figures.computeProgress = generator.number()
    figures.busyMilliseconds = generator.number()
    for code in StatusCode.allCases where generator.chance(oneIn: 4) {
      figures.countErrors(code, max(1, generator.number()))
    }
    for _ in 0..<Int.random(in: 0...20, using: &generator) {
      figures.queueTime.record(microseconds: generator.number())
      figures.computeTime.record(microseconds: generator.number())
    }
    return figures
  }
}
