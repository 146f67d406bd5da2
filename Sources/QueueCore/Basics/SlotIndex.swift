import BasicContainers

/// Slots of a table by a key that stands in them: a hash table with open addressing and linear probing that keeps the
/// slots' numbers alone, at four bytes a place.
///
/// It hashes as ``FlatTable`` does, which keeps keys beside the slots and so finds them without a look into the table
/// that they are for: better for tables that are large and asked for what is not in them, at six times the memory.
struct SlotIndex: ~Copyable {
  private static let vacant: Int32 = -1
  private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// A power of two, at most half of them in use.
  private(set) var places = UniqueArray<Int32>(repeating: SlotIndex.vacant, count: 16)
  /// How many slots there are.
  private(set) var count = 0

  /// The slot that has this key, or nil if none has.
  @inline(__always)
  func slot<Element>(of key: UInt64, in table: borrowing UniqueArray<Element>, by keyOf: (Element) -> UInt64) -> Int? {
    let slot = self.places[self.place(of: key, in: table, by: keyOf)]
    return slot == Self.vacant ? nil : Int(slot)
  }

  /// Adds a slot. That two have the same key is a programming error.
  mutating func insert<Element>(_ slot: Int, in table: borrowing UniqueArray<Element>, by keyOf: (Element) -> UInt64) {
    if 2 * self.count >= self.places.count { self.grow(table, by: keyOf) }
    let place = self.place(of: keyOf(table[slot]), in: table, by: keyOf)
    precondition(self.places[place] == Self.vacant, "a key stands in one slot")
    self.places[place] = Int32(slot)
    self.count += 1
  }

  /// Takes a slot out. Its key still stands in the table.
  mutating func remove<Element>(_ slot: Int, in table: borrowing UniqueArray<Element>, by keyOf: (Element) -> UInt64) {
    var hole = self.place(of: keyOf(table[slot]), in: table, by: keyOf)
    precondition(self.places[hole] == Int32(slot), "the slot is in the index")
    self.count -= 1
    let mask = self.places.count - 1
    var next = (hole + 1) & mask
    while self.places[next] != Self.vacant {
      // What stands here may fill the hole unless its home lies behind the hole, on the way to where it is.
      let home = self.home(of: keyOf(table[Int(self.places[next])]))
      if (next &- home) & mask >= (next &- hole) & mask {
        self.places[hole] = self.places[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    self.places[hole] = Self.vacant
  }

  /// Where the key's slot is, or where it would be put.
  @inline(__always)
  private func place<Element>(
    of key: UInt64, in table: borrowing UniqueArray<Element>, by keyOf: (Element) -> UInt64
  ) -> Int {
    let mask = self.places.count &- 1
    var place = self.home(of: key)
    while self.places[place] != Self.vacant, keyOf(table[Int(self.places[place])]) != key {
      place = (place &+ 1) & mask
    }
    return place
  }

  @inline(__always)
  private func home(of key: UInt64) -> Int {
    let product = (key ^ Self.multiplier).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return Int(truncatingIfNeeded: product.high ^ product.low) & (self.places.count - 1)
  }

  private mutating func grow<Element>(_ table: borrowing UniqueArray<Element>, by keyOf: (Element) -> UInt64) {
    var old = UniqueArray<Int32>(repeating: Self.vacant, count: 2 * self.places.count)
    swap(&old, &self.places)
    for index in 0..<old.count where old[index] != Self.vacant {
      let slot = old[index]
      self.places[self.place(of: keyOf(table[Int(slot)]), in: table, by: keyOf)] = slot
    }
  }
}
