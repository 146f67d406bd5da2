/// A histogram of durations in microseconds whose buckets are the same everywhere, so that any two can be added up.
///
/// Log-linear: each octave (power of two) is cut into 16 equal buckets, and durations below 16 µs have a bucket each. A
/// bucket is at most 1/16 = 6.25 % as wide as its lowest value, which bounds the error of ``quantile(_:)``. The last
/// bucket ends at 2^32 µs, some 71 minutes, and also takes everything longer. Count, sum, least and greatest are exact.
///
/// Adding never traps: counts and the sum stop at their greatest value. An empty one keeps no buckets, one that was
/// read or added up those from its first to its last. The first recording makes room for all of them; from then on
/// recording allocates nothing.
public struct LatencyHistogram: Sendable {
  /// Buckets of every histogram.
  public static let bucketCount = 464

  /// Equal buckets in an octave, as a power of two.
  static let subBucketBits = 4
  private static let subBuckets = 1 << Self.subBucketBits
  private static let ceiling: UInt64 = 1 << 32

  /// Durations recorded.
  public private(set) var count: UInt64 = 0
  /// All of them added up, in microseconds.
  public private(set) var sum: UInt64 = 0
  private var least: UInt64 = .max
  private var greatest: UInt64 = 0
  /// How often each bucket was hit, from the one numbered `first` on; all others are empty.
  private var buckets: [UInt64] = []
  private var first = 0

  /// Makes an empty histogram.
  public init() {}

  /// Adds one duration.
  public mutating func record(microseconds: UInt64) {
    let index = Self.bucketIndex(of: microseconds)
    if !self.covered.contains(index) { self.cover(0..<Self.bucketCount) }
    self.add(1, to: index)
    self.count = Self.saturatingSum(self.count, 1)
    self.sum = Self.saturatingSum(self.sum, microseconds)
    self.least = Swift.min(self.least, microseconds)
    self.greatest = Swift.max(self.greatest, microseconds)
  }

  /// Adds everything that `other` has recorded.
  public mutating func merge(_ other: LatencyHistogram) {
    self.cover(other.covered)
    for index in other.covered { self.add(other[index], to: index) }
    self.count = Self.saturatingSum(self.count, other.count)
    self.sum = Self.saturatingSum(self.sum, other.sum)
    self.least = Swift.min(self.least, other.least)
    self.greatest = Swift.max(self.greatest, other.greatest)
  }

  /// What has been recorded since this histogram was as `earlier`. The shortest and longest are known to their buckets.
  public func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
    var later = LatencyHistogram()
    later.cover(self.covered)
    for index in self.covered where self[index] > earlier[index] {
      let count = self[index] - earlier[index]
      later.add(count, to: index)
      later.count = Self.saturatingSum(later.count, count)
      later.least = Swift.min(later.least, Self.lowestValue(of: index))
      later.greatest = Swift.min(Self.highestValue(of: index), self.greatest)
    }
    later.sum = Swift.max(self.sum - Swift.min(self.sum, earlier.sum), later.greatest)
    return later
  }

  /// Whether nothing has been recorded.
  public var isEmpty: Bool { self.count == 0 }

  /// The shortest duration in microseconds; 0 if there is none.
  public var min: UInt64 { self.isEmpty ? 0 : self.least }

  /// The longest duration in microseconds; 0 if there is none.
  public var max: UInt64 { self.greatest }

  /// The mean in microseconds; 0 if nothing has been recorded.
  public var mean: Double { self.isEmpty ? 0 : Double(self.sum) / Double(self.count) }

  /// The duration in microseconds that the fraction `q` of all does not exceed; 0 if nothing has been recorded.
  ///
  /// The answer is the upper end of the bucket that holds it, so it is never too low and at most 6.25 % too high.
  /// `q` outside 0…1 is taken for the nearer end.
  public func quantile(_ q: Double) -> UInt64 {
    guard !self.isEmpty else { return 0 }
    let wanted = (Swift.min(Swift.max(q, 0), 1) * Double(self.count)).rounded(.up)
    let rank = UInt64(exactly: wanted) ?? self.count
    var seen: UInt64 = 0
    for index in self.covered where self[index] > 0 {
      seen = Self.saturatingSum(seen, self[index])
      guard seen >= rank else { continue }
      let isLast = index == Self.bucketCount - 1
      return isLast ? self.greatest : Swift.min(Self.highestValue(of: index), self.greatest)
    }
    return self.greatest
  }

  /// How many durations are shorter than `bound` microseconds, for cumulative buckets as Prometheus wants them.
  ///
  /// Exact where `bound` is a power of two below 2^32, or any number up to 32; in between, the bucket that `bound`
  /// falls into is left out.
  public func count(below bound: UInt64) -> UInt64 {
    // The last bucket has no upper end, so it is below a far bound only if all of it is.
    guard bound < Self.ceiling else {
      return self.greatest < bound ? self.count : self.total(before: Self.bucketCount - 1)
    }
    return self.total(before: Self.bucketIndex(of: bound))
  }

  private func total(before end: Int) -> UInt64 {
    self.buckets.prefix(Swift.max(end - self.first, 0)).reduce(0, Self.saturatingSum)
  }

  // MARK: Buckets

  /// The buckets that are kept.
  var covered: Range<Int> { self.first..<self.first + self.buckets.count }

  /// How often a bucket was hit.
  private subscript(index: Int) -> UInt64 {
    self.covered.contains(index) ? self.buckets[index - self.first] : 0
  }

  /// Adds hits of a bucket that is kept.
  private mutating func add(_ hits: UInt64, to index: Int) {
    self.buckets[index - self.first] = Self.saturatingSum(self.buckets[index - self.first], hits)
  }

  /// Keeps these buckets too, and all between them and those that are kept already.
  private mutating func cover(_ range: Range<Int>) {
    let known = self.covered
    let start = known.isEmpty ? range.lowerBound : Swift.min(known.lowerBound, range.lowerBound)
    let end = known.isEmpty ? range.upperBound : Swift.max(known.upperBound, range.upperBound)
    guard !range.isEmpty, start..<end != known else { return }
    var buckets = [UInt64](repeating: 0, count: end - start)
    for index in known { buckets[index - start] = self[index] }
    self.buckets = buckets
    self.first = start
  }

  /// The bucket that a duration falls into.
  static func bucketIndex(of microseconds: UInt64) -> Int {
    guard microseconds >= UInt64(Self.subBuckets) else { return Int(microseconds) }
    let value = Swift.min(microseconds, Self.ceiling - 1)
    let octave = UInt64.bitWidth - 1 - value.leadingZeroBitCount
    let shift = octave - Self.subBucketBits
    let sub = Int(truncatingIfNeeded: value >> UInt64(shift)) & (Self.subBuckets - 1)
    return (shift + 1) * Self.subBuckets + sub
  }

  /// The shortest duration of a bucket.
  static func lowestValue(of index: Int) -> UInt64 {
    guard index >= Self.subBuckets else { return UInt64(index) }
    let shift = index / Self.subBuckets - 1
    return UInt64(Self.subBuckets + index % Self.subBuckets) << UInt64(shift)
  }

  /// The longest duration of a bucket; for the last bucket the end of the scale.
  static func highestValue(of index: Int) -> UInt64 {
    Self.lowestValue(of: index + 1) - 1
  }

  static func saturatingSum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}

/// Two are the same if they have recorded the same, whatever they keep.
extension LatencyHistogram: Hashable {
  /// Whether both have recorded the same, as far as buckets tell.
  public static func == (left: LatencyHistogram, right: LatencyHistogram) -> Bool {
    left.count == right.count && left.sum == right.sum && left.least == right.least
      && left.greatest == right.greatest && (0..<Self.bucketCount).allSatisfy { left[$0] == right[$0] }
  }

  /// Feeds what equal histograms have in common.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(self.count)
    hasher.combine(self.sum)
    hasher.combine(self.least)
    hasher.combine(self.greatest)
  }
}

/// On the wire, in network byte order:
///
/// | bytes | field |
/// |---|---|
/// | 1 | sub-bucket bits, 4 |
/// | 8 | sum, µs |
/// | 8 | shortest, µs; 0 if empty |
/// | 8 | longest, µs; 0 if empty |
/// | 2 | number of buckets that follow |
/// | 2 + 8 each | index, ascending; count, at least 1 |
extension LatencyHistogram {
  func write(to writer: inout ByteWriter) {
    writer.write(UInt8(Self.subBucketBits))
    writer.write(self.sum)
    writer.write(self.min)
    writer.write(self.max)
    writer.write(UInt16(self.buckets.count { $0 > 0 }))
    for index in self.covered where self[index] > 0 {
      writer.write(UInt16(index))
      writer.write(self[index])
    }
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.init()
    let bits = try reader.readUInt8("histogram sub-bucket bits")
    guard Int(bits) == Self.subBucketBits else {
      throw .invalidValue(field: "histogram sub-bucket bits", value: UInt64(bits), expected: "\(Self.subBucketBits)")
    }
    let sum = try reader.readUInt64("histogram sum")
    let least = try reader.readUInt64("histogram min")
    let greatest = try reader.readUInt64("histogram max")
    let used = Int(try reader.readUInt16("histogram bucket count"))
    guard used > 0 else {
      try Self.require(sum == 0, "histogram sum", sum, "0, as there are no buckets")
      try Self.require(least == 0, "histogram min", least, "0, as there are no buckets")
      try Self.require(greatest == 0, "histogram max", greatest, "0, as there are no buckets")
      return
    }
    self.cover(0..<Self.bucketCount)
    let ends = try self.readBuckets(used, from: &reader)
    self.buckets = Array(self.buckets[ends.first...ends.last])
    self.first = ends.first
    try Self.require(Self.bucketIndex(of: least) == ends.first, "histogram min", least, "one of the first bucket")
    try Self.require(Self.bucketIndex(of: greatest) == ends.last, "histogram max", greatest, "one of the last bucket")
    try Self.require(least <= greatest, "histogram min", least, "at most the max")
    try Self.require(sum >= greatest, "histogram sum", sum, "at least the max")
    self.sum = sum
    self.least = least
    self.greatest = greatest
  }

  /// Reads buckets and their count; returns the first and last index.
  private mutating func readBuckets(
    _ used: Int, from reader: inout ByteReader
  ) throws(WireError) -> (first: Int, last: Int) {
    var first = 0
    var last = -1
    for position in 0..<used {
      let index = Int(try reader.readUInt16("histogram bucket"))
      try Self.require(
        index > last && index < Self.bucketCount, "histogram bucket", UInt64(index),
        "more than the one before and less than \(Self.bucketCount)")
      let count = try reader.readUInt64("histogram bucket's count")
      try Self.require(count > 0, "histogram bucket's count", count, "1 or more")
      if position == 0 { first = index }
      last = index
      self.buckets[index] = count
      self.count = Self.saturatingSum(self.count, count)
    }
    return (first, last)
  }

  private static func require(
    _ holds: Bool, _ field: String, _ value: UInt64, _ expected: String
  ) throws(WireError) {
    guard holds else { throw .invalidValue(field: field, value: value, expected: expected) }
  }
}
