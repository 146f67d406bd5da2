// Where a loop keeps the parts of messages: at addresses that never change, under names that are plain numbers.

import CZMQ

/// Message parts at fixed addresses, named by index and generation.
///
/// libzmq keeps the bytes of a part of up to 33 bytes *inside* its message structure, so a structure that Swift moves
/// or copies takes them along and leaves every pointer to them wrong. Here each structure stays where it was made, a
/// part is named by a `PartRef`, and its bytes can be borrowed only for as long as the arena is not changed.
///
/// Slots come in blocks as they are needed, up to a limit, and are used again through a free list: once grown to what a
/// program needs, an arena allocates nothing. Parts of one message are linked to a chain.
@safe
public struct MessageArena: ~Copyable {
  /// How many parts fit at most.
  public let limit: Int

  /// How many parts are kept now.
  public private(set) var count = 0

  private var blocks: [Block] = []

  /// How many slots have ever been in use; those beyond are fresh.
  private var touched: UInt32 = 0

  private var firstFree = Self.none

  /// Makes an empty arena.
  ///
  /// - Parameter limit: How many parts fit at most; an empty arena takes almost no memory, a full one about 76 bytes a
  ///   part besides what libzmq holds for parts of more than 33 bytes.
  public init(limit: Int) {
    precondition(limit >= 1 && limit < Int(Self.none), "An arena cannot have \(limit) parts")
    self.limit = limit
    self.blocks.reserveCapacity((limit + Block.slots - 1) / Block.slots)
  }

  deinit {
    for index in 0..<self.touched where self.generation(at: index) % 2 == 1 {
      unsafe zmq_msg_close(self.message(at: index))
    }
    for block in self.blocks { block.deallocate() }
  }

  /// How many more parts fit.
  public var freeCount: Int { self.limit - self.count }

  private static let none = UInt32.max
}

// MARK: - Parts

extension MessageArena {
  /// A part's bytes, for as long as the arena is not changed.
  @_lifetime(borrow self)
  public borrowing func bytes(of part: PartRef) -> RawSpan {
    let message = unsafe self.message(of: part)
    let span = unsafe RawSpan(_unsafeStart: zmq_msg_data(message), byteCount: zmq_msg_size(message))
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// How many bytes a part has.
  public borrowing func byteCount(of part: PartRef) -> Int {
    unsafe zmq_msg_size(self.message(of: part))
  }

  /// Whether a name is good: its part has not been released.
  public borrowing func contains(_ part: PartRef) -> Bool {
    part.generation % 2 == 1 && part.index < self.touched && self.generation(at: part.index) == part.generation
  }

  /// The part that follows in the chain, or `nil` after the last one.
  public borrowing func next(after part: PartRef) -> PartRef? {
    self.check(part)
    let next = unsafe self.record(at: part.index).pointee.next
    return next.index == Self.none ? nil : next
  }

  /// Keeps a copy of bytes of our own as a part by itself, or returns `nil` if the arena is full.
  ///
  /// - Throws: `ZMQError`, `.outOfMemory` if there is no room for the bytes.
  public mutating func store(_ bytes: RawSpan) throws(ZMQError) -> PartRef? {
    guard let part = self.allocate() else { return nil }
    let message = unsafe self.message(at: part.index)
    guard unsafe zmq_msg_init_size(message, bytes.byteCount) == 0 else {
      let error = ZMQError.last("zmq_msg_init_size(\(bytes.byteCount))")
      unsafe zmq_msg_init(message)
      self.release(part)
      throw error
    }
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: zmq_msg_data(message), count: bytes.byteCount)
    unsafe bytes.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
    return part
  }
}

// MARK: - Chains

extension MessageArena {
  /// Cuts a chain after its first parts and returns what is left of it, or `nil` if nothing is.
  ///
  /// - Parameters:
  ///   - chain: The chain's first part.
  ///   - count: How many parts to cut off; the chain must have that many.
  public mutating func split(_ chain: PartRef, after count: Int) -> PartRef? {
    precondition(count >= 1, "A chain cannot be cut after \(count) parts")
    var last = chain
    for _ in 1..<count {
      guard let next = self.next(after: last) else { preconditionFailure("A chain has fewer than \(count) parts") }
      last = next
    }
    let rest = self.next(after: last)
    unsafe self.record(at: last.index).pointee.next = PartRef(index: Self.none, generation: 0)
    return rest
  }

  /// Lets a whole chain go, from this part to its last one.
  public mutating func release(_ chain: PartRef) {
    var part: PartRef? = chain
    while let current = part { part = self.releaseFirst(current) }
  }

  /// Lets only the first part of a chain go and returns the next one, which begins what is left of the chain.
  @discardableResult
  public mutating func releaseFirst(_ part: PartRef) -> PartRef? {
    let next = self.next(after: part)
    unsafe zmq_msg_close(self.message(at: part.index))
    let record = unsafe self.record(at: part.index)
    unsafe record.pointee.generation &+= 1
    unsafe record.pointee.next = PartRef(index: self.firstFree, generation: 0)
    self.firstFree = part.index
    self.count -= 1
    return next
  }

  /// Puts a part behind the last one of a chain.
  mutating func link(_ part: PartRef, after last: PartRef) {
    unsafe self.record(at: last.index).pointee.next = part
  }
}

// MARK: - Slots

extension MessageArena {
  /// Takes a slot into use, with an empty message in it; `nil` if the arena is full.
  mutating func allocate() -> PartRef? {
    guard self.count < self.limit else { return nil }
    let index: UInt32
    if self.firstFree != Self.none {
      index = self.firstFree
      self.firstFree = unsafe self.record(at: index).pointee.next.index
    } else {
      index = self.touched
      if Int(index) == self.blocks.count * Block.slots { self.blocks.append(Block()) }
      self.touched += 1
    }
    let record = unsafe self.record(at: index)
    unsafe record.pointee.generation &+= 1
    unsafe record.pointee.next = PartRef(index: Self.none, generation: 0)
    unsafe zmq_msg_init(self.message(at: index))
    self.count += 1
    return PartRef(index: index, generation: unsafe record.pointee.generation)
  }

  /// The message of a part, whose name must be good.
  borrowing func message(of part: PartRef) -> UnsafeMutablePointer<zmq_msg_t> {
    self.check(part)
    return unsafe self.message(at: part.index)
  }

  private borrowing func check(_ part: PartRef) {
    precondition(self.contains(part), "Part \(part.index) is used after its release")
  }

  private borrowing func generation(at index: UInt32) -> UInt32 {
    unsafe self.record(at: index).pointee.generation
  }

  private borrowing func message(at index: UInt32) -> UnsafeMutablePointer<zmq_msg_t> {
    unsafe self.blocks[Int(index) / Block.slots].messages + Int(index) % Block.slots
  }

  private borrowing func record(at index: UInt32) -> UnsafeMutablePointer<Record> {
    unsafe self.blocks[Int(index) / Block.slots].records + Int(index) % Block.slots
  }

  /// What is known of a slot beside its message.
  private struct Record {
    /// Odd while a part is in the slot.
    var generation: UInt32 = 0
    /// The part that follows in the chain; in a free slot, the next free one.
    var next = PartRef(index: 0, generation: 0)
  }

  /// Slots allocated together.
  @safe
  private struct Block {
    static let slots = 1024

    let messages: UnsafeMutablePointer<zmq_msg_t>
    let records: UnsafeMutablePointer<Record>

    init() {
      unsafe self.messages = .allocate(capacity: Self.slots)
      unsafe self.messages.initialize(repeating: zmq_msg_t(), count: Self.slots)
      unsafe self.records = .allocate(capacity: Self.slots)
      unsafe self.records.initialize(repeating: Record(), count: Self.slots)
    }

    func deallocate() {
      unsafe self.messages.deallocate()
      unsafe self.records.deallocate()
    }
  }
}
