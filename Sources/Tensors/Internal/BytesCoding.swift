/// The bytes of a BYTES tensor: each element is its length, 32 bits little-endian, and then its bytes.
enum BytesCoding {
  static let lengthSize = 4

  /// The length of the element at an offset; nil when its prefix or its bytes go past the end.
  static func length(at offset: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count - offset >= Self.lengthSize else { return nil }
    let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    return length <= bytes.count - offset - Self.lengthSize ? length : nil
  }

  /// The offset behind `count` elements; nil when the bytes end before.
  static func end(of count: Int, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
    var offset = start
    for _ in 0..<count {
      guard let length = Self.length(at: offset, in: bytes) else { return nil }
      offset += Self.lengthSize + length
    }
    return offset
  }

  /// Calls a closure with each element's bytes; they must have been checked by `end(of:in:)`.
  static func forEach(
    in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(TensorError) -> Void
  ) throws(TensorError) {
    var offset = 0
    while let length = Self.length(at: offset, in: bytes) {
      let start = offset + Self.lengthSize
      try body(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + length)]))
      offset = start + length
    }
  }

  /// Encodes elements one after the other.
  static func encode(_ elements: [some Collection<UInt8>]) -> TensorMemory {
    let total = elements.reduce(0) { $0 + Self.lengthSize + $1.count }
    return TensorMemory(byteCount: total) { target in
      var offset = 0
      for element in elements {
        let count = element.count
        target.storeBytes(of: UInt32(count).littleEndian, toByteOffset: offset, as: UInt32.self)
        offset += Self.lengthSize
        UnsafeMutableRawBufferPointer(rebasing: target[offset..<(offset + count)]).copyBytes(from: element)
        offset += count
      }
    }
  }

  /// Encodes elements that lie one after the other, given where each starts and, last, where the last one ends.
  ///
  /// Returns nil unless the offsets ascend within the content and no element is of 4 GiB or more.
  static func encode(_ content: UnsafeRawBufferPointer, offsets: [Int]) -> TensorMemory? {
    guard let first = offsets.first, let last = offsets.last, first >= 0, last <= content.count else { return nil }
    for (start, end) in zip(offsets, offsets.dropFirst()) {
      guard start <= end, end - start <= Int(UInt32.max) else { return nil }
    }
    return TensorMemory(byteCount: last - first + (offsets.count - 1) * Self.lengthSize) { target in
      var position = 0
      for (start, end) in zip(offsets, offsets.dropFirst()) {
        target.storeBytes(of: UInt32(end - start).littleEndian, toByteOffset: position, as: UInt32.self)
        position += Self.lengthSize
        UnsafeMutableRawBufferPointer(rebasing: target[position..<(position + end - start)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: content[start..<end]))
        position += end - start
      }
    }
  }
}
