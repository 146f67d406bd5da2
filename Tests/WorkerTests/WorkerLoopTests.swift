import ArgumentParser
import Inference
import Logging
import QueueCore
import Testing
import ZeroMQ

@testable import worker

/// The whole worker in this process, against a socket that plays the broker.
@Suite(.timeLimit(.minutes(1))) struct WorkerLoopTests {
  /// Runs a worker with these flags, and on a thread of its own what the test has the broker do; returns the worker's
  /// end. A thread, because the broker's end waits in its socket, which a task must not do.
  @discardableResult
  private func play(
    _ flags: [String], _ script: @escaping @Sendable (BrokerEnd) throws -> Void
  ) async throws -> WorkerEnd? {
    let broker = try BrokerEnd.listening(in: try Context())
    let command = try WorkerCommand.parse(
      ["--model", "m", "--version", "1", "--broker", broker.endpoint, "--heartbeat", "20ms", "--liveness", "255"]
        + flags)
    let loader = try ModelLoader(command.engine, cluster: command.cluster)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let service = WorkerService(loader: loader, cluster: command.cluster, logger: logger)
    let thread = try LoopThread(name: "broker", handing: broker) { try script($0) }
    let worker = Task { try await service.run() }
    defer { worker.cancel() }
    try await thread.value
    try await worker.value
    return service.end
  }

  @Test func workerJoinsWorksDrainsAndLeaves() async throws {
    let end = try await self.play(["--engine", "echo", "--credit", "3"]) { broker in
      let ready = try broker.welcome(7)
      #expect(ready.session == SessionID(7) && ready.credit == 3)
      for number in 1...3 as ClosedRange<UInt64> { try broker.work(number, "content \(number)") }
      for _ in 1...3 {
        let (header, parts) = try broker.result()
        #expect(header.status == .ok && header.session == SessionID(7) && header.contentType == .octets)
        #expect(parts.map(\.text) == ["content \(header.work.rawValue)"])
      }
      try broker.send(SessionHeader(.drain, session: SessionID(7)).encoded.array)
      _ = try broker.next(.draining)
      _ = try broker.next(.goodbye)
    }
    #expect(end == .drained)
  }

  @Test func heartbeatsComeOnTimeWhileTheEngineIsBusyAndTellSo() async throws {
    let end = try await self.play(["--engine", "echo", "--echo-delay", "1s"]) { broker in
      _ = try broker.welcome(7)
      try broker.work(1, "x")
      // Two while the engine is busy would be none if the engine held them up.
      var busy: [UInt64] = []
      while busy.count < 2 {
        let figures = try broker.figures()
        #expect(figures.inFlight <= 1)
        if figures.busyMilliseconds > 0 { busy.append(figures.busyMilliseconds) }
      }
      #expect(busy[0] < busy[1])
      #expect(try broker.result().header.status == .ok)
      var figures = WorkerFigures()
      while figures.requests == 0 {
        figures = try broker.figures()
      }
      #expect(figures.requests == 1 && figures.batches == 1 && figures.rows == 1 && figures.inFlight == 0)
      #expect(figures.computeTime.min >= 1_000_000 && figures.computeProgress == 2 && figures.busyMilliseconds == 0)
      #expect(figures.residentBytes > 0 && figures.cpuMicroseconds > 0)
      try broker.dismiss(7)
    }
    #expect(end == .drained)
  }

  @Test func workThatComesTooMuchIsRefusedAndTheRestIsDone() async throws {
    let end = try await self.play(["--engine", "echo", "--echo-delay", "1s", "--credit", "1"]) { broker in
      _ = try broker.welcome(7)
      try broker.work(1, "x")
      try broker.work(2, "y")
      let (refused, parts) = try broker.result()
      #expect(refused.work == WorkID(2) && refused.status == .resourceExhausted)
      let part = parts[0]
      #expect(try ErrorDetail(decoding: part.bytes).reason == "OVER_CREDIT")
      #expect(try broker.result().header.work == WorkID(1))
      try broker.dismiss(7)
    }
    #expect(end == .drained)
  }

  @Test func brokerThatLostTheSessionIsJoinedAnewAndOldResultsAreNotSent() async throws {
    let end = try await self.play(["--engine", "echo", "--echo-delay", "50ms"]) { broker in
      _ = try broker.welcome(7)
      try broker.work(1, "old")
      let detail = ErrorDetail(reason: "UNKNOWN_SESSION", message: "join anew")
      try broker.send(DisconnectHeader(status: .aborted, detail: detail).encoded)
      #expect(try broker.welcome(8).session == SessionID(8))
      try broker.work(2, "new")
      let (header, _) = try broker.result()
      #expect(header.work == WorkID(2) && header.session == SessionID(8))
      try broker.dismiss(8)
    }
    #expect(end == .drained)
  }

  @Test func silentBrokerIsJoinedAnew() async throws {
    let end = try await self.play(["--engine", "echo"]) { broker in
      _ = try broker.welcome(7, heartbeatMilliseconds: 200)
      // Says nothing for three intervals.
      #expect(try broker.welcome(8).session == SessionID(8))
      try broker.dismiss(8)
    }
    #expect(end == .drained)
  }

  @Test func refusedWorkerEndsWithTheBrokersWords() async throws {
    let end = try await self.play(["--engine", "echo"]) { broker in
      _ = try broker.next(.join)
      let detail = ErrorDetail(reason: "TOO_MANY_WORKERS", message: "there are 20000 workers already")
      try broker.send(DisconnectHeader(status: .resourceExhausted, detail: detail).encoded)
    }
    #expect(end == .refused("RESOURCE_EXHAUSTED: there are 20000 workers already"))
  }

  @Test func unreadableMessagesDoNotHarmTheOthers() async throws {
    let end = try await self.play(["--engine", "echo"]) { broker in
      _ = try broker.welcome(7)
      try broker.send([1, 2, 3])
      try broker.send(Prefix(.work, parts: 9).encoded, ["one part only"])
      try broker.send(Prefix(.work, parts: 1).encoded, ["no fields"])
      try broker.work(5, "sound")
      #expect(try broker.result().header.work == WorkID(5))
      try broker.dismiss(7)
    }
    #expect(end == .drained)
  }

  @Test func requestThatWaitsIsAnsweredAtOnceWhenItIsCancelled() async throws {
    let end = try await self.play(["--engine", "echo", "--echo-delay", "1s", "--max-batch-size", "1"]) { broker in
      _ = try broker.welcome(7)
      try broker.work(1, "running")
      try broker.work(2, "waiting")
      try broker.send(CancelWorkHeader(work: WorkID(2), attempt: 1).encoded.array)
      let (cancelled, _) = try broker.result()
      #expect(cancelled.work == WorkID(2) && cancelled.status == .cancelled)
      #expect(try broker.result().header.work == WorkID(1))
      try broker.dismiss(7)
    }
    #expect(end == .drained)
  }

  @Test func rowThatHangsTheEngineIsListedAndTheOthersArePredicted() async throws {
    let flags = ["--engine", "echo", "--echo-hang-on", "stuck", "--call-timeout", "50ms", "--max-batch-size", "20"]
    let end = try await self.play(flags) { broker in
      _ = try broker.welcome(7)
      let rows = (0..<50).map { $0 == 33 || $0 == 7 ? "stuck \($0)" : "row \($0)" }
      try broker.work(1, rows.joined(separator: "\n"), as: .jsonLines, class: .batch)
      let (header, parts) = try broker.result()
      #expect(header.status == .ok)
      #expect(parts[0].text.split(separator: "\n").map(String.init) == rows.filter { $0.hasPrefix("row") })
      let errors = parts[1].text.split(separator: "\n")
      #expect(errors.map { $0.prefix { $0 != "," } } == ["{\"row\":7", "{\"row\":33"])
      #expect(errors.allSatisfy { $0.contains("\"INTERNAL\"") && $0.contains("stopped after 50ms") }, "\(errors)")
      try broker.dismiss(7)
    }
    #expect(end == .drained)
  }

  @Test func requestsThatHangTheEngineFailAndTheirNeighboursDoNot() async throws {
    let flags = ["--engine", "echo", "--echo-hang-on", "stuck", "--call-timeout", "50ms", "--max-queue-delay", "100ms"]
    try await self.play(flags) { broker in
      _ = try broker.welcome(7)
      for number in 1...5 as ClosedRange<UInt64> { try broker.work(number, number == 3 ? "stuck" : "fine") }
      try broker.work(6, "stuck", class: .batch)
      for _ in 1...6 {
        let (header, parts) = try broker.result()
        let isGuilty = [3, 6].contains(header.work.rawValue)
        #expect(header.status == (isGuilty ? .internal : .ok))
        if isGuilty {
          let part = parts[0]
          #expect(try ErrorDetail(decoding: part.bytes).reason == "ENGINE_TIMEOUT")
        }
      }
      try broker.dismiss(7)
    }
  }

  @Test func engineCallThatNobodyWaitsForIsStopped() async throws {
    try await self.play(["--engine", "echo", "--echo-hang-on", "stuck", "--call-timeout", "0"]) { broker in
      _ = try broker.welcome(7)
      for requestClass in [RequestClass.online, .batch] {
        try broker.work(1, "stuck", class: requestClass)
        while try broker.figures().busyMilliseconds == 0 {}
        try broker.send(CancelWorkHeader(work: WorkID(1), attempt: 1).encoded.array)
        #expect(try broker.result().header.status == .cancelled)
      }
      try broker.dismiss(7)
    }
  }

  @Test func engineThatCannotBeStoppedEndsTheWorkerAndTheWaitingWorkIsHandedBack() async throws {
    let flags = [
      "--engine", "echo", "--echo-hang-hard-on", "stuck", "--call-timeout", "100ms", "--max-batch-size", "1",
    ]
    let end = try await self.play(flags) { broker in
      _ = try broker.welcome(7)
      try broker.work(1, "stuck")
      while try broker.figures().busyMilliseconds == 0 {}
      try broker.work(2, "fine")
      try broker.work(3, "fine")
      _ = try broker.next(.draining)
      for _ in 2...3 {
        let (header, parts) = try broker.result()
        let part = parts[0]
        #expect(header.work.rawValue > 1 && header.status == .aborted)
        #expect(try ErrorDetail(decoding: part.bytes).reason == "WORKER_ENDS")
      }
    }
    guard case .engineHangs(let reason) = end else {
      Issue.record("the worker ended with \(String(describing: end))")
      return
    }
    #expect(reason.contains("does not end although it was stopped"))
  }

  @Test func workerThatIsToLeaveDoesNotWaitForAHungEngineForEver() async throws {
    let flags = ["--engine", "echo", "--echo-hang-hard-on", "stuck", "--call-timeout", "0", "--drain-grace", "100ms"]
    let end = try await self.play(flags) { broker in
      _ = try broker.welcome(7)
      try broker.work(1, "stuck")
      while try broker.figures().busyMilliseconds == 0 {}
      try broker.dismiss(7)
    }
    #expect(end == .drained)
  }
}
