import AuguryClient

/// Routes in words.
enum RouteText {
  /// A line for each change, in the order given.
  static func table(of changes: [RouteChange], now: Double) -> String {
    var table = Table([
      .left("MODEL"), .right("EPOCH"), .left("ROUTE"), .right("AGE"), .left("BY"), .left("REASON"),
    ])
    for change in changes {
      table.append([
        change.model, Units.count(change.epoch), self.text(of: change.route),
        Units.seconds(max(0, now - change.at)), change.by, change.reason ?? "",
      ])
    }
    return table.text
  }

  /// `digits: 1=90 2=10 sticky, epoch 3`.
  static func line(for change: RouteChange) -> String {
    OneLine.text("\(change.model): \(self.text(of: change.route)), epoch \(change.epoch)")
  }

  /// A route as its arguments would say it.
  private static func text(of route: RouteSpecification?) -> String {
    guard let route else { return "no route" }
    var words = route.variants.map { "\($0.version)=\($0.weight)" }
    if route.sticky == true { words.append("--sticky") }
    for shadow in route.shadows ?? [] {
      let share = Units.decimal(shadow.share * 100, places: 2)
      words.append("--shadow \(shadow.version)\(shadow.share == 1 ? "" : "=\(share)%")")
    }
    if route.fallback == true { words.append("--fallback") }
    return words.joined(separator: " ")
  }
}
