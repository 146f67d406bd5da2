extension Signature {
  /// Reads the document that workers announce, as `ByteBuffer.appendMetadata` writes it.
  ///
  /// Throws `malformedJSON`, or `wrongForm` naming what is missing.
  public init(metadata: some Collection<UInt8>) throws(TensorError) {
    let text = Array(metadata)
    let document = try Members(text)
    self.init(
      inputs: try Self.specs("inputs", in: document), outputs: try Self.specs("outputs", in: document))
  }

  private static func specs(_ name: String, in document: Members) throws(TensorError) -> [TensorSpec] {
    guard let list = document[name] else { throw Self.malformed("\"\(name)\" is missing") }
    var specs: [TensorSpec] = []
    for entry in try Members(list).values {
      let members = try Members(entry)
      guard let name = members.string("name"), let type = members.string("datatype"), let shape = members["shape"]
      else { throw Self.malformed("an entry of \"\(name)\" lacks name, datatype or shape") }
      guard let dataType = DataType(name: type) else { throw Self.malformed("\"\(type)\" is no datatype") }
      specs.append(TensorSpec(name: name, dataType: dataType, shape: try Self.shape(shape)))
    }
    return specs
  }

  private static func shape(_ text: [UInt8]) throws(TensorError) -> [Int]? {
    if text == Array("null".utf8) { return nil }
    var shape: [Int] = []
    for dimension in try Members(text).values {
      guard let size = Int(String(decoding: dimension, as: UTF8.self)), size >= -1 else {
        throw Self.malformed("\(String(decoding: dimension, as: UTF8.self)) is no dimension")
      }
      shape.append(size)
    }
    return shape
  }

  private static func malformed(_ what: String) -> TensorError {
    TensorError(.wrongForm, "the model's metadata cannot be read: \(what)")
  }
}

/// The members of an object, or elements of an array, copied out of it.
private struct Members {
  let keys: [String]
  let values: [[UInt8]]

  init(_ text: [UInt8]) throws(TensorError) {
    let members = JSONMembers()
    try text.withUnsafeBufferPointer { bytes throws(TensorError) in try members.list(UnsafeRawBufferPointer(bytes)) }
    self.keys = (0..<members.count).map { members.key($0) }
    self.values = (0..<members.count).map { Array(text[members.value($0)]) }
  }

  subscript(key: String) -> [UInt8]? { self.keys.firstIndex(of: key).map { self.values[$0] } }

  func string(_ key: String) -> String? {
    guard let value = self[key], value.first == UInt8(ascii: "\"") else { return nil }
    return value.withUnsafeBytes { JSONText.content(of: $0) }
  }
}
