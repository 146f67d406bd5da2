import BasicContainers
import QueueCore

/// What goes wrong.
extension World {
  mutating func schedule(_ fault: Fault) {
    let mean = self.stage.options.faultMilliseconds[Int(fault.rawValue)]
    guard mean > 0 else { return }
    self.stage.agenda.add(.fault(fault), at: self.stage.now + self.stage.random.pause(meanMicroseconds: mean * 1000))
  }

  mutating func strike(_ fault: Fault) {
    self.stage.say("fault: \(fault)")
    self.stage.totals.otherFaults += 1
    switch fault {
    case .workerCrash, .workerHostLoss, .workerFreeze, .engineStall, .workerDrain, .workerLinkCut:
      self.strikeWorker(fault, self.stage.random.below(self.workers.count))
    case .clientCrash, .clientHostLoss, .clientClose, .clientLinkCut, .cancelStorm:
      self.strikeClient(fault, self.stage.random.below(self.clients.count))
    case .brokerCrash, .brokerRestart, .brokerFreeze, .drainOrder:
      if !self.broker.isDown { self.strikeBroker(fault) }
    case .linkHold:
      self.holdLink()
    case .clockJump:
      self.jumpClock()
    case .routeChange:
      if !self.broker.isDown { self.changeRoutes() }
    }
  }

  private mutating func strikeWorker(_ fault: Fault, _ seat: Int) {
    switch fault {
    case .workerCrash: self.workers[seat].crash(hostLoss: false, in: &self.stage)
    case .workerHostLoss: self.workers[seat].crash(hostLoss: true, in: &self.stage)
    case .workerFreeze:
      self.workers[seat].freeze(until: self.stage.now + self.longPause(), in: &self.stage)
    case .engineStall:
      // Long enough to be taken for stuck, most of the time.
      let lease = Int(self.stage.options.timing.batchLeaseMilliseconds)
      let pause = self.longPause() + self.stage.random.pause(meanMicroseconds: lease * 1000)
      self.workers[seat].engine.stalledUntil = self.stage.now + pause
    case .workerDrain: self.workers[seat].drain(in: &self.stage)
    default: self.workers[seat].cutLink(in: &self.stage)
    }
  }

  private mutating func strikeClient(_ fault: Fault, _ index: Int) {
    switch fault {
    // One client lives to the end, so that no world is without requests.
    case .clientCrash where index == 0, .clientHostLoss where index == 0, .clientClose where index == 0: break
    case .clientCrash: self.clients[index].crash(hostLoss: false, in: &self.stage)
    case .clientHostLoss: self.clients[index].crash(hostLoss: true, in: &self.stage)
    case .clientClose: self.clients[index].close(in: &self.stage)
    case .clientLinkCut: self.clients[index].cutLink(in: &self.stage)
    default: self.clients[index].cancelStorm(in: &self.stage)
    }
  }

  private mutating func strikeBroker(_ fault: Fault) {
    switch fault {
    case .brokerCrash:
      self.broker.crash(in: &self.stage)
    case .brokerRestart:
      self.broker.order(.shutdownOrdered, in: &self.stage)
      self.broker.isStopping = true
      let patience = self.stage.random.pause(meanMicroseconds: 500_000)
      self.stage.agenda.add(.brokerGone(life: self.broker.life), at: self.stage.now + patience)
    case .brokerFreeze:
      self.broker.frozenUntil = self.stage.now + self.longPause()
    default:
      let views = self.broker.core.workerViews(at: self.broker.clock.reading(at: self.stage.now))
      guard !views.isEmpty, self.stage.now >= self.broker.frozenUntil else { return }
      self.broker.order(.drainOrdered(self.stage.random.one(of: views).session), in: &self.stage)
    }
  }

  /// Nothing gets through on one connection for a while; then all of it does.
  private mutating func holdLink() {
    let connection =
      self.stage.random.percent(50)
      ? self.clients[self.stage.random.below(self.clients.count)].connection
      : self.workers[self.stage.random.below(self.workers.count)].connection
    guard connection >= 0 else { return }
    let until = self.stage.now + self.longPause()
    let link = self.stage.network[connection]
    self.stage.network[connection].earliestAtBroker = max(link.earliestAtBroker, until)
    self.stage.network[connection].earliestAtPeer = max(link.earliestAtPeer, until)
  }

  private mutating func jumpClock() {
    let leap = self.stage.random.one(of: [Time.second, 60 * Time.second, 3600 * Time.second])
    switch self.stage.random.below(3) {
    case 0:
      self.broker.clock.offset += leap
      self.broker.wake(for: self.broker.core.nextDeadline, in: &self.stage)
    case 1:
      self.workers[self.stage.random.below(self.workers.count)].jumpClock(by: leap, in: &self.stage)
    default:
      self.clients[self.stage.random.below(self.clients.count)].jumpClock(by: leap, in: &self.stage)
    }
  }

  /// Long enough to be taken for dead, most of the time.
  private mutating func longPause() -> UInt64 {
    let liveness = self.stage.options.workerHeartbeatMilliseconds * self.stage.options.workerLiveness
    return self.stage.random.pause(meanMicroseconds: liveness * 1500)
  }

  // MARK: The broker's lives

  /// All sockets connect anew, to a broker that will be there after a while.
  mutating func brokerWentDown() {
    self.stage.brokerLife += 1
    self.stage.brokerStartsAt = self.stage.now + self.stage.random.pause(meanMicroseconds: 500_000)
    self.stage.agenda.add(.brokerStart, at: self.stage.brokerStartsAt)
    for index in 0..<self.workers.count { self.workers[index].brokerGone(in: &self.stage) }
    for index in self.liars.indices { self.liars[index].brokerGone(in: &self.stage) }
    for index in 0..<self.clients.count { self.clients[index].brokerGone(in: &self.stage) }
  }

  mutating func startBroker() {
    let catalog = self.stage.options.remembersVersions ? self.broker.core.catalog : Catalog()
    let clock = Clock(offset: self.stage.random.next() >> 16)
    self.broker = SimBroker(
      life: self.stage.brokerLife, catalog: catalog, clock: clock, mutation: self.stage.mutation, in: &self.stage)
    do throws(RouteError) {
      try self.broker.setRoutes(self.routes, in: &self.stage)
    } catch {
      self.stage.fail(.safety, "EpochsMonotonic", "the new broker does not take the routes of the last one: \(error)")
    }
  }
}
