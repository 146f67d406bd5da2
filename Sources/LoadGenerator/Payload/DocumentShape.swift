import Tensors

/// What the text of a request says of itself, without a signature: which form it has, and how many instances.
struct DocumentShape: Equatable {
  /// Whether it is `{"instances": …}`, not a request of the Open Inference Protocol.
  var isInstances: Bool
  var instances: Int

  init(_ document: [UInt8]) throws(LoadError) {
    do throws(TensorError) {
      if let instances = try Self.member("instances", of: document) {
        self.isInstances = true
        self.instances = try Self.elements(of: instances).count
      } else if let inputs = try Self.member("inputs", of: document) {
        self.isInstances = false
        self.instances = try Self.firstDimension(of: inputs)
      } else {
        throw TensorError(.wrongForm, "it has neither \"instances\" nor \"inputs\"")
      }
    } catch {
      throw .payload("the payload is no request: \(error.message)")
    }
    guard self.instances > 0 else { throw .payload("the payload has no instances") }
  }

  /// Rows of the first input; 1 if it has no dimensions, or says nothing that can be read: whoever gets it refuses it.
  private static func firstDimension(of inputs: [UInt8]) throws(TensorError) -> Int {
    guard let input = try Self.elements(of: inputs).first, let shape = try Self.member("shape", of: input),
      let first = try Self.elements(of: shape).first
    else { return 1 }
    return Int(String(decoding: first, as: UTF8.self)) ?? 1
  }

  private static func member(_ key: String, of text: [UInt8]) throws(TensorError) -> [UInt8]? {
    let members = try Self.list(text)
    let index = (0..<members.count).first { members.key($0) == key }
    return index.map { Array(text[members.value($0)]) }
  }

  private static func elements(of text: [UInt8]) throws(TensorError) -> [[UInt8]] {
    let members = try Self.list(text)
    return (0..<members.count).map { Array(text[members.value($0)]) }
  }

  private static func list(_ text: [UInt8]) throws(TensorError) -> JSONMembers {
    let members = JSONMembers()
    try text.withUnsafeBufferPointer { bytes throws(TensorError) in try members.list(UnsafeRawBufferPointer(bytes)) }
    return members
  }
}
