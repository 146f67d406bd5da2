import QueueCore

/// A made-up engine: takes time, fails, hands back, dies of poison.
struct Engine {
  /// Work that waits, by lane.
  var waiting: [[WorkerSession.Work]] = [[], []]
  var cancelled: Set<WorkerSession.Ticket> = []
  /// What begins before then takes that much longer.
  var stalledUntil: UInt64 = 0
  private(set) var running: [Int32: WorkerSession.Work] = [:]
  private var runs: Int32 = 0
  /// Moves with each run begun or ended.
  private(set) var steps: UInt64 = 0

  var isIdle: Bool { self.running.isEmpty && self.waiting[0].isEmpty && self.waiting[1].isEmpty }

  mutating func next() -> WorkerSession.Work? {
    for lane in 0..<2 where !self.waiting[lane].isEmpty { return self.waiting[lane].removeFirst() }
    return nil
  }

  mutating func begin(_ work: WorkerSession.Work) -> Int32 {
    self.runs += 1
    self.steps += 1
    self.running[self.runs] = work
    return self.runs
  }

  mutating func end(_ run: Int32) -> WorkerSession.Work? {
    self.steps += 1
    return self.running.removeValue(forKey: run)
  }
}

extension SimWorker {
  struct EngineReport {
    var outcome: WorkerSession.Outcome
    var payload: PayloadRef
  }

  /// Begins work as long as threads are free. What needs no computing is reported at once, one piece a call.
  mutating func pump(in stage: inout Stage) -> EngineReport? {
    while self.engine.running.count < stage.options.threads, let work = self.engine.next() {
      if self.engine.cancelled.remove(work.ticket) != nil { return self.report(work, .cancelled, in: &stage) }
      if work.deadline <= self.clock.reading(at: stage.now) {
        return self.report(work, .deadlineExceeded, in: &stage)
      }
      if RequestBody.isPoison(self.store.parts(of: work.payload) ?? []) {
        stage.say("worker \(self.seat): poisoned by work \(work.ticket.work.rawValue)")
        self.crash(hostLoss: false, in: &stage)
        return nil
      }
      var duration = stage.random.pause(meanMicroseconds: stage.options.serviceMicroseconds)
      if self.engine.stalledUntil > stage.now { duration += self.engine.stalledUntil - stage.now }
      let run = self.engine.begin(work)
      stage.agenda.add(.engineDone(self.seat, life: self.life, run: run), at: stage.now + duration)
    }
    return nil
  }

  /// The engine has computed something.
  mutating func finish(_ run: Int32, in stage: inout Stage) {
    guard self.isUp, let work = self.engine.end(run) else { return }
    var status = StatusCode.ok
    if self.engine.cancelled.remove(work.ticket) != nil, stage.random.percent(50) {
      status = .cancelled
    } else if stage.random.percent(stage.options.failPercent) {
      status = .internal
    } else if stage.isStormy, stage.random.percent(stage.options.handBackPercent) {
      status = .aborted
    }
    let report = self.report(work, status, in: &stage)
    self.drive(in: &stage) { $0.resultReady(report.outcome, payload: report.payload, at: $1, into: &$2) }
  }

  private mutating func report(
    _ work: WorkerSession.Work, _ status: StatusCode, in stage: inout Stage
  ) -> EngineReport {
    let request = self.spend(work.payload, in: &stage)
    let stamp = Stamp(
      work: work.ticket.work, attempt: work.ticket.attempt, maker: self.maker, token: RequestBody.token(request))
    let content = status == .ok ? [] : ErrorDetail(reason: status.name, message: "simulated").encoded
    // An answer may do without any part, too.
    let parts: Message = status == .cancelled && stage.random.percent(50) ? [] : [content + stamp.bytes]
    let outcome = WorkerSession.Outcome(
      ticket: work.ticket, status: status, contentType: work.contentType, parts: parts.count,
      queueMicroseconds: 1, computeMicroseconds: 2)
    return EngineReport(outcome: outcome, payload: self.store.keep(parts))
  }
}
