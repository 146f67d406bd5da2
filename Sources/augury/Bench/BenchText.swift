import LoadGenerator

/// The figures of a load as a few lines and a table.
enum BenchText {
  static func text(of report: BenchReport) -> String {
    let figures = report.figures
    var lines = [OneLine.text(Self.head(of: report)), ""]
    lines += Self.table(of: figures).lines
    lines += [
      "",
      "goodput \(Units.perSecond(figures.goodputPerSecond, "predictions")), "
        + "\(Units.perSecond(figures.goodputInstancesPerSecond, "instances")) "
        + "of \(Units.perSecond(figures.requestsPerSecond, "requests")) sent",
    ]
    lines += Self.caveats(of: report)
    return lines.map { $0 + "\n" }.joined()
  }

  private static func head(of report: BenchReport) -> String {
    let subject = report.version.map { "\(report.model)@\($0)" } ?? report.model
    let loop =
      switch report.plan.pacing {
      case .open(let perSecond, let arrivals):
        "open loop, \(Units.perSecond(perSecond, "requests")) due at "
          + (arrivals == .fixed ? "equal distances" : "random (Poisson)")
      case .closed(let outstanding): "closed loop, \(Units.count(outstanding)) outstanding"
      }
    return "\(subject) at \(report.target): \(loop), \(Self.plural(report.clients, "connection")), "
      + "\(Self.plural(report.instances, "instance")) a request (\(Units.bytes(report.payloadBytes))), "
      + "\(Units.seconds(report.figures.seconds)) after \(Units.seconds(Double(report.plan.warmUp) / 1e9)) of warm-up"
  }

  private static func table(of figures: LoadFigures) -> Table {
    var table = Table([
      .left("ENDED WITH"), .right("REQUESTS"), .right("SHARE"), .right("P50"), .right("P90"), .right("P99"),
      .right("P99.9"), .right("MAX"), .left("FOR EXAMPLE"),
    ])
    let total = max(1, figures.requests + figures.unsent)
    func append(_ name: String, _ ending: LoadFigures.Ending) {
      let latencies = ending.latencySeconds
      let times = [latencies?.p50, latencies?.p90, latencies?.p99, latencies?.p999, latencies?.max]
      table.append(
        [name, Units.count(ending.count), Self.share(ending.count, of: total)]
          + times.map { $0.map(Units.seconds) ?? "-" } + [ending.example ?? ""])
    }
    if let ok = figures.answers["OK"] { append("OK", ok) }
    for (code, ending) in figures.answers.sorted(by: { $0.key < $1.key }) where code != "OK" { append(code, ending) }
    for (reason, ending) in figures.failures.sorted(by: { $0.key < $1.key }) { append("no answer: \(reason)", ending) }
    if figures.unsent > 0 { append("never sent", LoadFigures.Ending(count: figures.unsent)) }
    return table
  }

  /// What somebody who reads the figures has to know of them.
  private static func caveats(of report: BenchReport) -> [String] {
    let figures = report.figures
    var lines: [String] = []
    if case .closed = report.plan.pacing {
      lines.append("closed loop: latencies are service times, from sending to the answer")
    } else {
      lines.append("latencies count from when a request was due")
    }
    if figures.waitedForConnection > 0 {
      lines.append(
        "\(Self.plural(figures.waitedForConnection, "request")) waited for a connection that could take it, up to "
          + "\(Units.seconds(figures.connectionWaitSecondsMax)); more --clients would let the server see them earlier")
    }
    if figures.unsent > 0 {
      lines.append(
        "\(Self.plural(figures.unsent, "request")) that fell due could not be sent before the end: their latencies, "
          + "which would be the longest, are in no figure")
    }
    if figures.isBehind, let lag = figures.sendLagSeconds {
      lines.append(
        "the generator fell behind its schedule: it sent one request in a hundred more than \(Units.seconds(lag.p99)) "
          + "late, the latest \(Units.seconds(lag.max)); latencies include that")
    }
    return lines
  }

  private static func share(_ count: Int, of total: Int) -> String {
    "\(Units.decimal(Double(count) / Double(total) * 100, places: 1))%"
  }

  private static func plural(_ count: Int, _ noun: String) -> String {
    "\(Units.count(count)) \(noun)\(count == 1 ? "" : "s")"
  }
}

extension Units {
  /// A rate of something as `12,345 requests/s`, with a place after the point where there are few.
  fileprivate static func perSecond(_ rate: Double, _ noun: String) -> String {
    rate.isFinite && rate > 0 && rate < 99.95
      ? "\(Self.decimal(rate, places: 1)) \(noun)/s" : "\(Self.count(Int(min(rate, 9e15).rounded()))) \(noun)/s"
  }
}
