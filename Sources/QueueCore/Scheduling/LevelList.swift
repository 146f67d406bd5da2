/// Workers by how much they have to do: finds the least loaded, last used one in constant time.
///
/// One list a level, linked through a table of slots that several lists share; a worker is in at most one of them.
/// A worker without credit left is in none, so idle and full workers cost nothing.
struct LevelList {
  /// Where one worker stands.
  struct Link: BitwiseCopyable {
    var level: Int32 = LevelList.absent
    var previous: Int32 = LevelList.absent
    var next: Int32 = LevelList.absent
  }

  static let absent: Int32 = -1

  private var heads: [Int32] = []
  private var lowest = 0

  private(set) var count = 0

  /// The worker of the lowest level that came to it last.
  var first: Int? { self.count == 0 ? nil : Int(self.heads[self.lowest]) }

  mutating func insert(_ slot: Int, level: Int, links: inout [Link]) {
    precondition(links[slot].level == Self.absent, "a worker stands in one list at most")
    while self.heads.count <= level { self.heads.append(Self.absent) }
    let head = self.heads[level]
    links[slot] = Link(level: Int32(level), previous: Self.absent, next: head)
    if head != Self.absent { links[Int(head)].previous = Int32(slot) }
    self.heads[level] = Int32(slot)
    if self.count == 0 || level < self.lowest { self.lowest = level }
    self.count += 1
  }

  mutating func remove(_ slot: Int, links: inout [Link]) {
    let link = links[slot]
    precondition(link.level != Self.absent, "the worker stands in this list")
    let level = Int(link.level)
    if link.previous == Self.absent {
      self.heads[level] = link.next
    } else {
      links[Int(link.previous)].next = link.next
    }
    if link.next != Self.absent { links[Int(link.next)].previous = link.previous }
    links[slot] = Link()
    self.count -= 1
    guard self.count > 0 else { return }
    while self.heads[self.lowest] == Self.absent { self.lowest += 1 }
  }
}
