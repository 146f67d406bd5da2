import QueueCore

/// Every change of a model's route has a later epoch than the one before, and a reply names the one that was in force
/// when its request was taken on.
struct EpochsMonotonic: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .routesSet(let routings):
      for (model, routing) in routings.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        let earlier = ledger.routings[model]
        let isSame = earlier?.epoch == routing.epoch && earlier?.route == routing.route
        if !isSame, routing.epoch <= earlier?.epoch ?? 0, routing.route != nil || earlier?.route != nil {
          return "the route of model \(model.rawValue) changes from epoch \(earlier?.epoch ?? 0) to \(routing.epoch)"
        }
      }
      return nil
    case .asked(.reply(let client, let reply, _), _, _):
      guard let entry = ledger.entries[RequestKey(client: client, request: reply.request)], let epoch = entry.epoch,
        reply.epoch != epoch
      else { return nil }
      return "work \(entry.work.rawValue) was taken on under epoch \(epoch), its reply names \(reply.epoch)"
    default:
      return nil
    }
  }
}
