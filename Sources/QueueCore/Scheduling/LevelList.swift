import BasicContainers

/// Workers by how much they have to do: finds the least loaded one in constant time, of several the one that was used
/// last.
///
/// Whoever was used last has its caches and its connection warm, and a load that few workers can carry stays on few,
/// however many there are. A worker that comes, or has just failed, goes to the end of its level instead: else one that
/// fails faster than others work would be given everything.
///
/// One list a level, linked through a table of slots that several lists share; a worker is in at most one of them.
/// A worker without credit left is in none, so idle and full workers cost nothing.
struct LevelList: ~Copyable {
  /// Where one worker stands.
  struct Link: BitwiseCopyable {
    var level: Int32 = LevelList.absent
    var previous: Int32 = LevelList.absent
    var next: Int32 = LevelList.absent
  }

  /// Where among the workers of its level one is put.
  enum Place {
    case first
    case last
  }

  /// The ends of one level's list.
  struct Level: BitwiseCopyable {
    var head: Int32 = LevelList.absent
    var tail: Int32 = LevelList.absent
  }

  static let absent: Int32 = -1

  private var levels = UniqueArray<Level>()
  private var lowest = 0

  private(set) var count = 0

  /// The worker of the lowest level that comes first in it.
  var first: Int? { self.count == 0 ? nil : Int(self.levels[self.lowest].head) }

  mutating func insert(_ slot: Int, level: Int, _ place: Place, links: inout UniqueArray<Link>) {
    precondition(links[slot].level == Self.absent, "a worker stands in one list at most")
    while self.levels.count <= level { self.levels.append(Level()) }
    let worker = Int32(truncatingIfNeeded: slot)
    var ends = self.levels[level]
    var link = Link(level: Int32(truncatingIfNeeded: level))
    if ends.head == Self.absent {
      ends = Level(head: worker, tail: worker)
    } else if place == .first {
      link.next = ends.head
      links[Int(ends.head)].previous = worker
      ends.head = worker
    } else {
      link.previous = ends.tail
      links[Int(ends.tail)].next = worker
      ends.tail = worker
    }
    self.levels[level] = ends
    links[slot] = link
    if self.count == 0 || level < self.lowest { self.lowest = level }
    self.count += 1
  }

  mutating func remove(_ slot: Int, links: inout UniqueArray<Link>) {
    let link = links[slot]
    precondition(link.level != Self.absent, "the worker stands in this list")
    let level = Int(link.level)
    if link.previous == Self.absent {
      self.levels[level].head = link.next
    } else {
      links[Int(link.previous)].next = link.next
    }
    if link.next == Self.absent {
      self.levels[level].tail = link.previous
    } else {
      links[Int(link.next)].previous = link.previous
    }
    links[slot] = Link()
    self.count -= 1
    guard self.count > 0 else { return }
    while self.levels[self.lowest].head == Self.absent { self.lowest += 1 }
  }
}
