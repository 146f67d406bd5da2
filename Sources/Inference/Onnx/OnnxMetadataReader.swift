import COnnxRuntime

/// Reads what a model file says about itself.
enum OnnxMetadataReader {
  static func read(_ session: OnnxSession) throws(InferenceError) -> ModelMetadata {
    let library = session.library
    let api = library.api
    let raw = try library.require("the model's metadata") { out in api.pointee.session_metadata(session.raw, out) }
    defer { api.pointee.release_metadata(raw) }
    var version: Int64 = 0
    try library.check(api.pointee.metadata_version(raw, &version), "the model's version")
    return ModelMetadata(
      producer: try library.takeText("the model's producer") { out in
        api.pointee.metadata_producer(raw, library.allocator, out)
      } ?? "",
      graphName: try library.takeText("the graph's name") { out in
        api.pointee.metadata_graph_name(raw, library.allocator, out)
      } ?? "",
      domain: try library.takeText("the model's domain") { out in
        api.pointee.metadata_domain(raw, library.allocator, out)
      } ?? "",
      description: try library.takeText("the model's description") { out in
        api.pointee.metadata_description(raw, library.allocator, out)
      } ?? "",
      version: version,
      properties: try Self.properties(raw, library: library))
  }

  private static func properties(
    _ raw: OpaquePointer, library: OnnxLibrary
  ) throws(InferenceError) -> [String: String] {
    let api = library.api
    var keys: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    var count: Int64 = 0
    try library.check(api.pointee.metadata_keys(raw, library.allocator, &keys, &count), "the model's properties")
    guard let keys else { return [:] }
    defer { library.free(keys) }
    var properties: [String: String] = [:]
    for index in 0..<Int(count) {
      guard let key = keys[index] else { continue }
      defer { library.free(key) }
      properties[String(cString: key)] = try library.takeText("a property of the model") { out in
        api.pointee.metadata_value(raw, library.allocator, key, out)
      }
    }
    return properties
  }
}
