import Glibc

/// Request headers of raw tensors that have been read, for the next request whose header has the same bytes: a client's
/// requests mostly differ in the raw bytes alone, and comparing a header costs a tenth of reading it.
struct RememberedHeaders {
  /// A header whose tensors all travel as raw bytes.
  struct Header {
    let json: [UInt8]
    /// What it asks for, its inputs left empty.
    let request: TensorRequest
    /// The tensors in the order of the model's inputs.
    let inputs: [Input]
  }

  /// A tensor that a header announces.
  struct Input {
    let name: String
    let dataType: DataType
    let shape: [Int]
    /// Which part has its bytes.
    let part: Int
  }

  /// A few: clients of one model that ask in different ways, such as for different numbers of rows.
  private static let capacity = 4
  /// A longer one is not worth the memory, and its request not short of time.
  private static let longest = 4096

  private var headers: [Header] = []
  private var oldest = 0

  /// Reads a request whose header is remembered; nil if it is not, or if the parts are not as it announces, which the
  /// parser then says in its own words.
  func request(_ json: UnsafeRawBufferPointer, parts: [TensorBuffer]) -> TensorRequest? {
    guard
      let header = self.headers.first(where: { header in
        header.json.count == json.count && header.json.withUnsafeBytes { Self.areEqual($0, json) }
      }), header.inputs.count == parts.count
    else { return nil }
    var request = header.request
    request.inputs.reserveCapacity(parts.count)
    for input in header.inputs {
      // Raw bytes are checked every time: their number, and that they are values of the type.
      guard
        let tensor = try? Tensor(
          dataType: input.dataType, shape: input.shape, buffer: parts[input.part], name: input.name)
      else { return nil }
      request.inputs.append(tensor)
    }
    return request
  }

  /// Remembers the header of a request that was read, if there is nothing in it but raw tensors.
  ///
  /// `announced` are the names of its tensors in the order of their parts, `expected` the model's inputs.
  mutating func remember(
    _ json: UnsafeRawBufferPointer, as request: TensorRequest, announced: [String], expected: [TensorSpec]
  ) {
    guard json.count <= Self.longest, request.id == nil, announced.count == expected.count else { return }
    var inputs: [Input] = []
    for (spec, tensor) in zip(expected, request.inputs) {
      guard let part = announced.firstIndex(of: spec.name) else { return }
      inputs.append(Input(name: spec.name, dataType: tensor.dataType, shape: tensor.shape, part: part))
    }
    var bare = request
    bare.inputs = []
    let header = Header(json: Array(json), request: bare, inputs: inputs)
    if self.headers.count < Self.capacity {
      self.headers.append(header)
    } else {
      self.headers[self.oldest] = header
      self.oldest = (self.oldest + 1) % Self.capacity
    }
  }

  /// Compares as many bytes as the left one has.
  private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return left.isEmpty }
    return memcmp(leftBase, rightBase, left.count) == 0
  }
}
