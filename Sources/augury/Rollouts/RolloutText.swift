import AuguryClient

/// Rollouts in words.
enum RolloutText {
  /// A line for each property.
  static func description(of rollout: RolloutInfo) -> String {
    var table = Table([.left(""), .left("")])
    table.append(["rollout", "\(rollout.id) of \(rollout.model)@\(rollout.candidate)"])
    table.append(["state", rollout.state])
    let shares = rollout.steps.enumerated().map { index, share in
      let text = "\(Units.decimal(share, places: share == share.rounded() ? 0 : 2))%"
      return index == rollout.step ? "[\(text)]" : text
    }
    table.append(["steps", shares.joined(separator: " ")])
    if !rollout.guards.isEmpty { table.append(["guards", rollout.guards.joined(separator: ", ")]) }
    for wait in rollout.waits { table.append(["waits", wait]) }
    table.append(["started by", rollout.startedBy])
    return table.text
  }

  /// The same, and a line for each thing that happened.
  static func history(of rollout: RolloutInfo, now: Double) -> String {
    var table = Table([.right("AGE"), .left("WHAT"), .right("STEP"), .left("DETAIL")])
    for record in rollout.records ?? [] {
      table.append([
        Units.seconds(max(0, now - record.at)), record.kind, Units.count(record.step + 1), record.detail,
      ])
    }
    return self.description(of: rollout) + table.text
  }
}
