import BasicContainers
import QueueCore

/// A cluster that was drawn from a seed: the real core and the real sessions, everything else made up.
///
/// Its time jumps to whatever is due next. First comes the storm, in which faults strike and only safety is asked for.
/// Then the world is healed and nobody asks any more: within a bound it must come to rest, and stay so for a while.
struct World: ~Copyable {
  enum Phase {
    /// Faults strike, clients ask.
    case storm
    /// Nothing strikes any more; what has been begun ends.
    case healing(from: UInt64, until: UInt64)
    /// Everything has ended; nothing may happen any more.
    case calm(until: UInt64, losses: UInt64)
  }

  private static let inspectionInterval = 100 * Time.millisecond
  private static let healingBound = 120 * Time.second
  /// What was sent in the storm, however late it is, has arrived by then.
  private static let healingDuration = 15 * Time.second
  private static let calmDuration = 10 * Time.second
  /// Items at one and the same time, beyond which time is taken to stand still.
  private static let itemsAtOnce = 200_000

  var stage: Stage
  var broker: SimBroker
  var workers = UniqueArray<SimWorker>()
  var liars: [Liar] = []
  var clients = UniqueArray<SimClient>()
  private var phase = Phase.storm
  private var isOver = false
  /// What an operator has set; it survives the broker.
  var routes = RouteTable()
  /// The routes that each model has had.
  var formerRoutes: [String: [Route]] = [:]

  init(options: Options, mutation: Mutation?, trace: Trace) {
    self.stage = Stage(options: options, mutation: mutation, trace: trace)
    self.broker = SimBroker(
      life: 1, catalog: Catalog(), clock: Clock(offset: self.stage.random.next() >> 16), mutation: mutation,
      in: &self.stage)
    for seat in 0..<options.workers {
      let names = Catalogue.names(seat % options.versions, options)
      let takesBulk = !self.stage.random.percent(options.noBulkPercent)
      self.workers.append(
        SimWorker(
          seat: Int32(seat), model: names.model, version: names.version, takesBulk: takesBulk, options: options))
      self.stage.agenda.add(
        .workerStart(Int32(seat)), at: self.stage.random.pause(meanMicroseconds: 100_000))
    }
    for seat in 0..<options.liars {
      let names = Catalogue.names(self.stage.random.below(options.versions), options)
      self.liars.append(Liar(seat: Int32(seat), model: names.model, version: names.version))
      self.liars[seat].start(in: &self.stage)
    }
    for index in 0..<options.clients {
      self.clients.append(SimClient(index: Int32(index), options: options))
      self.clients[index].start(in: &self.stage)
    }
    if options.isRouted {
      for _ in 0..<options.versions { self.changeRoutes() }
    }
    for fault in Fault.allCases { self.schedule(fault) }
    self.stage.agenda.add(.inspection, at: Self.inspectionInterval)
  }

  /// Lets the world run to its end.
  mutating func run() -> Report {
    var atOnce = 0
    while !self.isOver, self.stage.violation == nil, let next = self.stage.agenda.next() {
      atOnce = next.time > self.stage.now ? 0 : atOnce + 1
      if atOnce > Self.itemsAtOnce {
        self.stage.fail(.liveness, "TimePasses", "time stands still: \(atOnce) things in a row were due at once")
      }
      self.stage.now = next.time
      self.stage.trace.mix(next.time)
      self.perform(next.item)
    }
    self.stage.totals.milliseconds = self.stage.now / Time.millisecond
    return Report(
      options: self.stage.options, violation: self.stage.violation, totals: self.stage.totals,
      traceHash: self.stage.trace.hash)
  }

  private mutating func perform(_ item: Item) {
    switch item {
    case .arrivalAtBroker(let packet): self.arriveAtBroker(packet)
    case .arrivalAtPeer(let packet): self.arriveAtPeer(packet)
    case .brokerTurn(let life):
      if life == self.broker.life { self.broker.turn(in: &self.stage) }
    case .brokerGone(let life):
      if life == self.broker.life { self.broker.stop(in: &self.stage) }
    case .brokerStart: self.startBroker()
    case .workerStart(let seat): self.workers[Int(seat)].start(in: &self.stage)
    case .workerLoaded(let seat, let life): self.workers[Int(seat)].loaded(life: life, in: &self.stage)
    case .workerWake(let seat, let life): self.workers[Int(seat)].woke(life: life, in: &self.stage)
    case .engineDone(let seat, let life, let run):
      self.workers[Int(seat)].engineDone(life: life, run: run, in: &self.stage)
    case .workerThaw(let seat, let life): self.workers[Int(seat)].thaw(life: life, in: &self.stage)
    case .liarActs(let seat): self.liars[Int(seat)].act(in: &self.stage)
    case .clientActs(let index): self.clients[Int(index)].act(in: &self.stage)
    case .clientWake(let index): self.clients[Int(index)].woke(in: &self.stage)
    case .fault(let fault):
      guard self.stage.isStormy else { return }
      self.strike(fault)
      self.schedule(fault)
    case .inspection: self.inspect()
    }
    if self.broker.isDown, self.broker.life == self.stage.brokerLife { self.brokerWentDown() }
  }

  // MARK: Messages arrive

  private mutating func arriveAtBroker(_ index: Int32) {
    guard let packet = self.stage.network.take(index) else { return }
    let connection = self.stage.network[packet.connection]
    guard !self.broker.isDown, connection.brokerLife == self.broker.life,
      connection.state == .open || connection.isDraining
    else { return }
    self.stage.totals.messages += 1
    self.stage.trace.mix(packet.message)
    self.stage.say("\(connection.owner) -> broker: \(Trace.describe(packet.message))")
    self.broker.arrived(packet, in: &self.stage)
  }

  private mutating func arriveAtPeer(_ index: Int32) {
    guard let packet = self.stage.network.take(index) else { return }
    let connection = self.stage.network[packet.connection]
    guard connection.state == .open else { return }
    self.stage.totals.messages += 1
    self.stage.trace.mix(packet.message)
    self.stage.say("broker -> \(connection.owner): \(Trace.describe(packet.message))")
    switch connection.owner {
    case .client(let client): self.clients[Int(client)].received(packet.message, in: &self.stage)
    case .worker(let seat): self.workers[Int(seat)].received(packet.message, in: &self.stage)
    case .liar(let seat): self.liars[Int(seat)].received(packet.message, in: &self.stage)
    }
  }

  // MARK: Phases

  private mutating func inspect() {
    self.stage.agenda.add(.inspection, at: self.stage.now + Self.inspectionInterval)
    switch self.phase {
    case .storm:
      let isTimeOver = self.stage.now >= UInt64(self.stage.options.stormMilliseconds) * Time.millisecond
      guard isTimeOver, (0..<self.clients.count).allSatisfy({ self.clients[$0].remaining == 0 }) else { return }
      self.heal()
      self.phase = .healing(
        from: self.stage.now + Self.healingDuration, until: self.stage.now + Self.healingBound)
    case .healing(let from, let until):
      guard self.stage.now >= from else { return }
      if let pending = self.pending {
        guard self.stage.now >= until else { return }
        self.stage.fail(.liveness, pending.property, pending.sentence)
      } else {
        self.stage.say("all is quiet")
        self.phase = .calm(
          until: self.stage.now + Self.calmDuration, losses: self.broker.core.counters.workersLost)
      }
    case .calm(let until, let losses):
      if let pending = self.pending {
        self.stage.fail(.liveness, pending.property, "after all was quiet: \(pending.sentence)")
      } else if self.broker.core.counters.workersLost != losses {
        self.stage.fail(.liveness, "QuietAfterHealing", "a worker in good health was lost after all was quiet")
      }
      self.isOver = self.stage.now >= until
    }
  }

  private mutating func heal() {
    self.stage.say("the storm is over")
    self.stage.isStormy = false
    self.broker.frozenUntil = 0
    for index in self.liars.indices { self.liars[index].remove(in: &self.stage) }
    for index in 0..<self.workers.count {
      self.workers[index].thaw(life: self.workers[index].life, in: &self.stage)
      self.workers[index].start(in: &self.stage)
    }
  }

  /// What has not come to rest yet, and which property asks for it.
  var pending: (property: String, sentence: String)? {
    if self.broker.isDown { return ("QuietAfterHealing", "the broker is down") }
    if let pending = self.stage.checks.pending { return pending }
    for index in 0..<self.workers.count {
      if let pending = self.workers[index].pending(self.stage.options) { return ("QuietAfterHealing", pending) }
    }
    for index in 0..<self.clients.count {
      if let pending = self.clients[index].pending { return ("QuietAfterHealing", pending) }
    }
    return nil
  }
}

/// Worlds from seeds.
public enum Simulation {
  /// Draws the world of a seed and lets it run.
  ///
  /// - Parameters:
  ///   - mutation: a bug to plant, to see that it is caught.
  ///   - trace: takes a line for each thing that happens.
  public static func run(
    seed: UInt64, mutation: Mutation? = nil, trace: ((String) -> Void)? = nil
  ) -> Report {
    var world = World(options: Options(seed: seed), mutation: mutation, trace: Trace(write: trace))
    return world.run()
  }

  /// The names of all properties.
  public static var properties: [String] { Checks().names }
}
