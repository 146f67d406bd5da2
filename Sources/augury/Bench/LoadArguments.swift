import ArgumentParser
import LoadGenerator

/// What load to make, as the command line says it.
struct LoadArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Open loop: requests are due so many times a second, whatever the answers do.", valueName: "per second"))
  var rate: Double?

  @Option(
    help: ArgumentHelp("Closed loop: so many requests outstanding, the next goes when one ends.", valueName: "n"))
  var concurrency: Int?

  @Option(help: "How the requests of an open loop are spread over time: at equal distances, or at random.")
  var arrivals = ArrivalsArgument.fixed

  @Option(help: ArgumentHelp("How long to measure: 500ms, 10s, 2m, or seconds.", valueName: "time"))
  var duration = TimeArgument(.seconds(10))

  @Option(help: ArgumentHelp("How long to make load before that.", valueName: "time"))
  var warmUp = TimeArgument(.seconds(1))

  @Option(help: ArgumentHelp("What random arrivals and random payloads come from.", valueName: "number"))
  var seed: UInt64 = 1

  func validate() throws {
    switch (self.rate, self.concurrency) {
    case (nil, nil), (.some, .some):
      throw ValidationError("give one of --rate, requests a second, and --concurrency, requests outstanding")
    case (.some(let rate), nil):
      guard rate > 0, rate <= 10_000_000 else {
        throw ValidationError("--rate is \(rate), expected more than 0 and at most 10000000 requests a second")
      }
    case (nil, .some(let concurrency)):
      guard (1...1_000_000).contains(concurrency) else {
        throw ValidationError("--concurrency is \(concurrency), expected 1 to 1000000")
      }
    }
    guard self.duration.seconds > 0, self.duration.seconds <= 86_400, self.warmUp.seconds <= 86_400 else {
      throw ValidationError("--duration must be more than 0, and neither it nor --warm-up more than a day")
    }
  }

  var plan: LoadPlan {
    let pacing: LoadPlan.Pacing =
      if let concurrency = self.concurrency {
        .closed(outstanding: concurrency)
      } else {
        .open(perSecond: self.rate ?? 1, arrivals: self.arrivals.arrivals)
      }
    return LoadPlan(
      pacing: pacing, warmUp: UInt64(self.warmUp.seconds * 1e9), duration: UInt64(self.duration.seconds * 1e9),
      seed: self.seed)
  }
}

/// How requests are spread over time.
enum ArrivalsArgument: String, ExpressibleByArgument, CaseIterable {
  case fixed
  case poisson

  var arrivals: LoadPlan.Arrivals {
    switch self {
    case .fixed: .fixed
    case .poisson: .poisson
    }
  }
}
