import HeapModule
import QueueCore

/// Something that is to happen at a given time.
enum Item: Hashable, BitwiseCopyable {
  /// A message reaches the broker's host.
  case arrivalAtBroker(packet: Int32)
  /// A message reaches a peer's host.
  case arrivalAtPeer(packet: Int32)
  /// The broker's poll returns.
  case brokerTurn(life: UInt32)
  /// A stopped broker is told to be quick about it.
  case brokerGone(life: UInt32)
  /// The broker's process starts again.
  case brokerStart
  /// A worker's process starts.
  case workerStart(Int32)
  /// A worker has loaded its model.
  case workerLoaded(Int32, life: UInt32)
  /// A worker's session wants to look at the time.
  case workerWake(Int32, life: UInt32)
  /// A worker's engine has finished a piece of work.
  case engineDone(Int32, life: UInt32, run: Int32)
  /// A frozen worker goes on.
  case workerThaw(Int32, life: UInt32)
  /// A liar does something.
  case liarActs(Int32)
  /// A client's program does something.
  case clientActs(Int32)
  /// A client's session wants to look at the time.
  case clientWake(Int32)
  /// A fault strikes.
  case fault(Fault)
  /// The world looks whether its phase is over.
  case inspection
}

/// What is to happen, in order of time; what is due at the same time happens in the order in which it was put down.
struct Agenda {
  private struct Entry: Comparable {
    var time: UInt64
    var order: UInt64
    var item: Item

    static func < (left: Entry, right: Entry) -> Bool {
      left.time != right.time ? left.time < right.time : left.order < right.order
    }

    static func == (left: Entry, right: Entry) -> Bool {
      left.time == right.time && left.order == right.order
    }
  }

  private var heap = Heap<Entry>()
  private var order: UInt64 = 0

  mutating func add(_ item: Item, at time: UInt64) {
    self.order += 1
    self.heap.insert(Entry(time: time, order: self.order, item: item))
  }

  mutating func next() -> (time: UInt64, item: Item)? {
    self.heap.popMin().map { ($0.time, $0.item) }
  }
}

/// Numbers of nanoseconds.
enum Time {
  static let microsecond: UInt64 = 1000
  static let millisecond: UInt64 = 1_000_000
  static let second: UInt64 = 1_000_000_000
}
