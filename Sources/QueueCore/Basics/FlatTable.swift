import BasicContainers

/// A hash table from pairs of integers to slots: open addressing with linear probing, where removal shifts back what
/// follows (Knuth, The Art of Computer Programming 3, 6.4, algorithm R), so that it never fills with tombstones.
///
/// For look-ups that every request makes several of: it hashes by one multiplication (the folded product of wyhash,
/// <https://github.com/wangyi-fudan/wyhash>) where `Dictionary` takes SipHash. Keys that peers choose need a seed that
/// they do not know. It has no order and is not iterated. Allocates nothing once it has grown.
package struct FlatTable: ~Copyable {
  struct Entry: BitwiseCopyable {
    var high: UInt64 = 0
    var low: UInt64 = 0
    var slot = FlatTable.vacant
  }

  static let vacant: Int32 = -1

  /// A power of two, at most half of them in use.
  private var entries: UniqueArray<Entry>
  /// How many keys there are.
  package private(set) var count = 0
  private let seed: UInt64

  /// Makes an empty table.
  package init(seed: UInt64 = 0) {
    self.seed = seed &+ 0x9E37_79B9_7F4A_7C15
    self.entries = UniqueArray(repeating: Entry(), count: 16)
  }

  /// The slot of a key, or nil if it has none. Setting one that is negative is a programming error.
  package subscript(_ high: UInt64, _ low: UInt64 = 0) -> Int? {
    get {
      let entry = self.entries[self.position(of: high, low)]
      return entry.slot == Self.vacant ? nil : Int(entry.slot)
    }
    set {
      guard let newValue else { return self.remove(high, low) }
      precondition(newValue >= 0, "a slot is not negative")
      if 2 * self.count >= self.entries.count { self.grow() }
      let position = self.position(of: high, low)
      if self.entries[position].slot == Self.vacant { self.count += 1 }
      self.entries[position] = Entry(high: high, low: low, slot: Int32(newValue))
    }
  }

  /// Where the key is, or where it would be put.
  private func position(of high: UInt64, _ low: UInt64) -> Int {
    let mask = self.entries.count &- 1
    var position = self.home(of: high, low)
    while self.entries[position].slot != Self.vacant,
      self.entries[position].low != low || self.entries[position].high != high
    {
      position = (position &+ 1) & mask
    }
    return position
  }

  @inline(__always)
  private func home(of high: UInt64, _ low: UInt64) -> Int {
    let product = (high ^ self.seed).multipliedFullWidth(by: low ^ 0xD6E8_FEB8_6659_FD93)
    return Int(truncatingIfNeeded: product.high ^ product.low) & (self.entries.count - 1)
  }

  private mutating func remove(_ high: UInt64, _ low: UInt64) {
    var hole = self.position(of: high, low)
    guard self.entries[hole].slot != Self.vacant else { return }
    self.count -= 1
    let mask = self.entries.count &- 1
    var next = (hole + 1) & mask
    while self.entries[next].slot != Self.vacant {
      // An entry may fill the hole unless its home lies behind the hole, on the way to where it is.
      let entry = self.entries[next]
      let home = self.home(of: entry.high, entry.low)
      if (next &- home) & mask >= (next &- hole) & mask {
        self.entries[hole] = entry
        hole = next
      }
      next = (next &+ 1) & mask
    }
    self.entries[hole] = Entry()
  }

  private mutating func grow() {
    var old = UniqueArray<Entry>(repeating: Entry(), count: 2 * self.entries.count)
    swap(&old, &self.entries)
    for index in 0..<old.count where old[index].slot != Self.vacant {
      let entry = old[index]
      self.entries[self.position(of: entry.high, entry.low)] = entry
    }
  }
}
