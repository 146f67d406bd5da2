/// A folder of models as other servers lay it out: `<root>/<model>/<version>/model.onnx`.
public struct ModelRepository: Sendable, Equatable {
  /// The file that a version's folder must hold.
  public static let fileName = "model.onnx"

  /// The folder.
  public let root: String

  /// Refers to a folder; nothing is read yet.
  public init(root: String) { self.root = root }

  /// A model file in the repository.
  public struct Entry: Sendable, Equatable {
    /// The model's name, which is that of its folder.
    public var model: String
    /// The version, which is the name of its folder.
    public var version: String
    /// The path of the model file.
    public var path: String
  }

  /// The names of the models, sorted; throws `notFound` if the folder cannot be read.
  public func models() throws(InferenceError) -> [String] {
    try self.folders(in: self.root, what: "model repository")
  }

  /// The versions of a model, lowest first, numbers in the order of numbers.
  ///
  /// Throws `notFound`, naming the models there are, if there is no such model; `invalidArgument` for a name that is
  /// none.
  public func versions(of model: String) throws(InferenceError) -> [String] {
    try Self.validate(name: model, what: "model")
    let folder = "\(self.root)/\(model)"
    guard FileSystem.isFolder(folder) else {
      let models = try self.models()
      throw InferenceError(
        .notFound, "no model \"\(model)\" in \(self.root), which has \(Self.list(models, nothing: "no models"))")
    }
    return try self.folders(in: folder, what: "model").sorted(by: Self.isLower)
  }

  /// Finds the file of a version, or of the highest one if none is named.
  ///
  /// Throws `notFound`, naming what there is, if there is no such model, version or file.
  public func locate(model: String, version: String? = nil) throws(InferenceError) -> Entry {
    if let version { try Self.validate(name: version, what: "version") }
    let versions = try self.versions(of: model)
    let folder = "\(self.root)/\(model)"
    guard let found = version.map({ versions.contains($0) ? $0 : nil }) ?? versions.last else {
      let wanted = version.map { "version \"\($0)\"" } ?? "version"
      throw InferenceError(
        .notFound, "no \(wanted) of model \"\(model)\" in \(folder), which has \(Self.list(versions, nothing: "none"))")
    }
    let path = "\(folder)/\(found)/\(Self.fileName)"
    guard FileSystem.isFile(path) else {
      let names = FileSystem.names(in: "\(folder)/\(found)") ?? []
      throw InferenceError(
        .notFound,
        "no \(Self.fileName) in \(folder)/\(found), which has \(Self.list(names, nothing: "nothing"))")
    }
    return Entry(model: model, version: found, path: path)
  }

  private func folders(in folder: String, what: String) throws(InferenceError) -> [String] {
    guard let names = FileSystem.names(in: folder) else {
      throw InferenceError(.notFound, "cannot read \(what) \(folder): \(FileSystem.lastError)")
    }
    return names.filter { FileSystem.isFolder("\(folder)/\($0)") }
  }

  /// A name is one path component, so that nobody can ask for a file elsewhere.
  private static func validate(name: String, what: String) throws(InferenceError) {
    let sound = name.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || [0x2d, 0x2e, 0x5f].contains(byte)
    }
    guard sound, (1...128).contains(name.utf8.count), !name.hasPrefix(".") else {
      throw InferenceError(
        .invalidArgument,
        "\(what) \"\(name)\", expected a name of 1 to 128 of A-Z a-z 0-9 . _ - that does not start with a dot")
    }
  }

  private static func isLower(_ left: String, _ right: String) -> Bool {
    switch (UInt64(left), UInt64(right)) {
    case (let left?, let right?) where left != right: left < right
    case (.some, nil): true  // names that are no numbers come last
    case (nil, .some): false
    default: left < right
    }
  }

  private static func list(_ names: [String], nothing: String) -> String {
    let shown = names.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
    return names.isEmpty ? nothing : names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
  }
}
