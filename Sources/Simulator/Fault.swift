/// What can go wrong in a world by itself.
public enum Fault: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// A worker's process dies; the broker's next message to it fails.
  case workerCrash
  /// A worker's host dies; messages to it vanish.
  case workerHostLoss
  /// A worker stands still for a while, then goes on where it was.
  case workerFreeze
  /// A worker's engine takes very long over what it begins, while its I/O goes on.
  case engineStall
  /// A worker is asked to finish and leave.
  case workerDrain
  /// An operator orders the broker to drain a worker.
  case drainOrder
  /// A worker's connection breaks and is made anew without its program knowing.
  case workerLinkCut
  /// A connection holds everything back for a while.
  case linkHold
  /// A client's process dies; the broker's next message to it fails.
  case clientCrash
  /// A client's host dies; messages to it vanish.
  case clientHostLoss
  /// A client's program ends in good order.
  case clientClose
  /// A client's connection breaks and is made anew without its program knowing.
  case clientLinkCut
  /// A client gives up all it has outstanding, and more.
  case cancelStorm
  /// The broker's process dies and is started anew.
  case brokerCrash
  /// The broker is stopped in good order and started anew.
  case brokerRestart
  /// The broker stands still for a while.
  case brokerFreeze
  /// Somebody's clock leaps ahead, by up to an hour.
  case clockJump
  /// An operator sets, changes, takes back or takes away a route or an alias.
  case routeChange
}
