import CSimdjson

/// Finds where the members of a JSON object, or the elements of an array, stand in its text, without making values of
/// them; made once and reused, on one thread at a time.
public final class JSONMembers {
  private let lister: OpaquePointer

  /// Makes a lister that has listed nothing yet.
  public init() {
    guard let lister = csj_lister_create() else {
      preconditionFailure("Cannot make a lister when memory has run out")
    }
    self.lister = lister
  }

  deinit { csj_lister_destroy(self.lister) }

  /// Lists the members of an object, or the elements of an array. All of the text is checked to be JSON.
  ///
  /// Throws `malformedJSON`, or `wrongForm` for a scalar.
  public func list(_ text: UnsafeRawBufferPointer) throws(TensorError) {
    guard Int(csj_list_members(self.lister, text.baseAddress, text.count)) == CSJ_OK else {
      throw ParserHandle.error(csj_lister_failure(self.lister))
    }
  }

  /// How many members the text that was listed last has.
  public var count: Int { csj_member_count(self.lister) }

  /// A member's key; empty for an element of an array.
  public func key(_ index: Int) -> String { ParserHandle.string(self.member(index).key) }

  /// Whether a member has this key, given in UTF-8.
  public func hasKey(_ index: Int, _ name: [UInt8]) -> Bool {
    let key = self.member(index).key
    return UnsafeRawBufferPointer(start: key.bytes, count: key.size).elementsEqual(name)
  }

  /// Where a member's value stands in the text.
  public func value(_ index: Int) -> Range<Int> {
    let member = self.member(index)
    return Int(member.value)..<Int(member.end)
  }

  /// Where a member stands in the text, with its key.
  public func text(_ index: Int) -> Range<Int> {
    let member = self.member(index)
    return Int(member.start)..<Int(member.end)
  }

  private func member(_ index: Int) -> csj_member {
    precondition(index < self.count, "Cannot look at member \(index) of \(self.count)")
    return csj_member_at(self.lister, index)
  }
}
