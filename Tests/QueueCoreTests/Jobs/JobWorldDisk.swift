import QueueCore

/// A file as a crash sees it: what was synced stays, what was not may be there, in part, or as rubbish.
struct WorldFile {
  private(set) var bytes: [UInt8] = []
  private var synced = 0
  /// Whether the disk may hold something else beyond the synced bytes.
  private var isDirty = false

  mutating func append(_ line: String) {
    self.bytes += Array(line.utf8)
    self.isDirty = true
  }

  /// Replaces the first bytes by as many others.
  mutating func overwrite(_ text: String) {
    self.bytes.replaceSubrange(0..<text.utf8.count, with: Array(text.utf8))
    self.isDirty = true
  }

  mutating func truncate(to length: Int) {
    self.bytes.removeSubrange(length...)
    self.synced = min(self.synced, length)
    self.isDirty = true
  }

  mutating func sync(upTo length: Int) {
    self.synced = max(self.synced, min(length, self.bytes.count))
    if self.synced == self.bytes.count { self.isDirty = false }
  }

  mutating func crash(_ random: inout SplitMix64) {
    guard self.isDirty else { return }
    let kept = Int.random(in: self.synced...self.bytes.count, using: &random)
    self.bytes.removeSubrange(kept...)
    if random.chance(oneIn: 2) {
      for _ in 0..<Int.random(in: 0..<40, using: &random) { self.bytes.append(UInt8(ascii: "#")) }
    }
  }

  var text: String { String(decoding: self.bytes, as: UTF8.self) }
}

/// A folder as a crash sees it: a rename or removal that was not synced may or may not have happened.
struct WorldDisk {
  enum Name: Hashable, CaseIterable {
    case partialOutput
    case partialErrors
    case output
    case errors
  }

  enum Change {
    case rename(Name, Name)
    case remove(Name)
  }

  private(set) var files: [Name: WorldFile] = [:]
  private var durable: [Name: WorldFile] = [:]
  private var changes: [Change] = []

  subscript(name: Name) -> WorldFile? { self.files[name] }

  /// Makes the file if it is not there; its name is durable at once, as a driver must see to.
  mutating func create(_ name: Name) {
    if self.files[name] == nil { self.files[name] = WorldFile() }
    self.durable[name] = self.files[name]
  }

  mutating func change(_ name: Name, _ body: (inout WorldFile) -> Void) {
    guard var file = self.files[name] else { return }
    body(&file)
    self.files[name] = file
  }

  mutating func apply(_ change: Change) {
    self.changes.append(change)
    Self.apply(change, to: &self.files)
  }

  mutating func syncDirectory() {
    self.changes.removeAll()
    self.durable = self.files
  }

  mutating func crash(_ random: inout SplitMix64) {
    var survivors = self.durable
    for name in Name.allCases {
      // Content is the file's, not the name's: bring it up to date under the name that was durable.
      if survivors[name] != nil, let current = self.files[name] { survivors[name] = current }
    }
    for case .rename(let from, let to) in self.changes where survivors[from] != nil {
      if let current = self.files[to] { survivors[from] = current }
    }
    for change in self.changes where random.chance(oneIn: 2) { Self.apply(change, to: &survivors) }
    for name in Name.allCases { survivors[name]?.crash(&random) }
    self.files = survivors
    self.durable = survivors
    self.changes.removeAll()
  }

  private static func apply(_ change: Change, to files: inout [Name: WorldFile]) {
    switch change {
    case .rename(let from, let to): files[to] = files.removeValue(forKey: from)
    case .remove(let name): files[name] = nil
    }
  }
}

extension WorldDisk: CustomStringConvertible {
  var description: String {
    Name.allCases.map { "\($0): \(self.files[$0]?.text ?? "none")" }.joined(separator: ", ")
  }
}
