import CSimdjson

/// Reads requests for one model into tensors; made once per thread and reused, since it keeps its working memory.
///
/// Two forms are understood, and told apart by themselves.
///
/// `{"instances": [v, ...]}`: a value per row, its nesting the input's shape without the batch axis; for several
/// inputs an object of input name to value. A bare value is taken where a row has shape [1]. A model without a batch
/// axis gets the stacked rows all the same, a scalar input takes one instance.
///
/// `{"inputs": [{"name", "shape", "datatype", "data"}]}`, the Open Inference Protocol, with `data` flat or nested, or,
/// when the message has a part of raw bytes for it, the parameter `binary_data_size` in its place.
///
/// In both, FP16 and BF16 are plain JSON numbers and rounded. Integers may be written 3.0 or 3e2. JSON has no NaN and
/// no infinity: floats take the strings "NaN", "Infinity" and "-Infinity" instead, as protocol buffers do. BYTES are
/// strings, or `{"b64": "..."}` for bytes that are not text. Other fields are ignored, but must be JSON.
public final class JSONTensorParser {
  /// The most instances of a request, unless the caller says otherwise.
  public static let defaultInstanceLimit = 65_536

  /// The model that the requests are for.
  public let signature: Signature
  /// The most instances of a request, or rows of a chunk of lines.
  public let instanceLimit: Int
  private let handle = ParserHandle()
  private var headers = RememberedHeaders()

  /// Makes a parser; throws `wrongShape` if the signature has inputs of more dimensions than `Shape.maximumRank`.
  public init(signature: Signature, instanceLimit: Int = JSONTensorParser.defaultInstanceLimit) throws(TensorError) {
    self.signature = signature
    self.instanceLimit = instanceLimit
    for input in signature.inputs { try self.handle.addInput(input) }
  }

  /// Decodes a request: its JSON and, for tensors that announce them, one part of raw bytes each, in order.
  ///
  /// Throws what was wrong, where, and what was expected.
  public func parseRequest(_ json: RawSpan, parts: [TensorBuffer] = []) throws(TensorError) -> TensorRequest {
    try json.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(TensorError) in
      if !parts.isEmpty, let request = self.headers.request(bytes, parts: parts) { return request }
      return try self.readRequest(bytes, parts: parts)
    }
  }

  private func readRequest(
    _ json: UnsafeRawBufferPointer, parts: [TensorBuffer]
  ) throws(TensorError) -> TensorRequest {
    try self.handle.check(csj_parse_request(self.handle.raw, json.baseAddress, json.count, max(self.instanceLimit, 0)))
    let summary = self.handle.summary
    let isInstances = Int(summary.form) == CSJ_FORM_INSTANCES
    let named = try BinaryParts.fill(self.handle, with: parts)
    let inputs = isInstances ? try self.unstackScalars(named) : named
    let matched = try self.signature.match(inputs)
    let rows = isInstances ? summary.row_count : (matched.first?.rowCount ?? 1)
    guard rows <= self.instanceLimit || !self.signature.isBatchable else {
      throw TensorError(
        .tooManyInstances, "the request has \(rows) instances, the limit is \(self.instanceLimit)")
    }
    let request = TensorRequest(
      form: isInstances ? .instances : .openInference,
      id: summary.has_id ? ParserHandle.string(summary.id) : nil,
      inputs: matched,
      rowCount: rows,
      outputs: try self.requestedOutputs(count: summary.output_count),
      binaryOutput: summary.binary_output < 0 ? nil : summary.binary_output != 0)
    // As many parts as tensors: then all of them are raw.
    if !isInstances, !parts.isEmpty, parts.count == summary.tensor_count {
      self.headers.remember(
        json, as: request, announced: named.map(\.name), expected: self.signature.inputs)
    }
    return request
  }

  /// Decodes a chunk of JSON Lines, one instance a line; blank lines are no rows.
  ///
  /// A bad row is listed in the result, with its place counted from `offset` bytes before the lines. Throws only
  /// `tooManyInstances` or `outOfMemory`.
  public func parseLines(_ lines: RawSpan, at offset: Int = 0) throws(TensorError) -> TensorLines {
    try lines.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(TensorError) in
      try self.handle.check(
        csj_parse_lines(
          self.handle.raw, bytes.baseAddress, bytes.count, offset, max(self.instanceLimit, 0),
          self.signature.isBatchable ? Int.max : 1))
    }
    let summary = self.handle.summary
    var result = TensorLines(groups: [], rejected: [], rowCount: summary.row_count)
    for index in 0..<summary.rejected_count {
      let rejected = csj_rejected_at(self.handle.raw, index)
      result.rejected.append(.init(row: rejected.row, error: ParserHandle.error(rejected.failure)))
    }
    for index in 0..<summary.group_count { try self.takeGroup(index, into: &result) }
    result.rejected.sort { $0.row < $1.row }
    return result
  }

  private func takeGroup(_ index: Int, into result: inout TensorLines) throws(TensorError) {
    var count = 0
    let numbers = csj_group_rows(self.handle.raw, index, &count)
    let rows = UnsafeBufferPointer(start: numbers, count: count).map { Int($0) }
    let named = try self.handle.takeTensors(group: index)
    do throws(TensorError) {
      let inputs = try self.signature.match(try self.unstackScalars(named))
      result.groups.append(.init(rows: rows, inputs: inputs))
    } catch {
      // Sound row by row, but not what the model takes as a batch, such as a fixed batch of 8.
      result.rejected.append(contentsOf: rows.map { .init(row: $0, error: error) })
    }
  }

  /// An input without dimensions takes its one instance as it is, not as a batch of one.
  private func unstackScalars(_ named: [NamedTensor]) throws(TensorError) -> [NamedTensor] {
    var named = named
    for (index, spec) in self.signature.inputs.enumerated() where spec.shape == [] && named[index].tensor.shape == [1] {
      named[index].tensor = try named[index].tensor.reshaped(to: [])
    }
    return named
  }

  private func requestedOutputs(count: Int) throws(TensorError) -> [TensorRequest.RequestedOutput] {
    var requested: [TensorRequest.RequestedOutput] = []
    for position in 0..<count {
      let raw = csj_output_at(self.handle.raw, position)
      let index = try self.signature.outputIndex(named: ParserHandle.string(raw.name))
      guard !requested.contains(where: { $0.index == index }) else {
        throw TensorError(.wrongForm, "output \"\(self.signature.outputs[index].name)\" is requested twice")
      }
      requested.append(.init(index: index, isBinary: raw.binary < 0 ? nil : raw.binary != 0))
    }
    return requested
  }
}
