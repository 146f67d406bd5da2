import Inference
import Testing

/// Finding model files.
@Suite struct ModelRepositoryTests {
  private static func repository() -> (TemporaryFolder, ModelRepository) {
    let folder = TemporaryFolder()
    for path in ["digits/1/model.onnx", "digits/2/model.onnx", "digits/10/model.onnx", "churn/beta/model.onnx"] {
      folder.write([1], to: path)
    }
    folder.write([1], to: "digits/3/other.onnx")
    folder.write([1], to: "empty/config.yaml")
    folder.write([1], to: "README")
    folder.write([1], to: ".hidden/1/model.onnx")
    return (folder, ModelRepository(root: folder.path))
  }

  @Test func modelsAndVersionsAreListed() throws {
    let (folder, repository) = Self.repository()
    defer { withExtendedLifetime(folder) {} }
    #expect(try repository.models() == ["churn", "digits", "empty"])
    #expect(try repository.versions(of: "digits") == ["1", "2", "3", "10"])
    #expect(try repository.versions(of: "empty") == [])
  }

  @Test func aVersionIsFoundAndTheHighestWithoutOne() throws {
    let (folder, repository) = Self.repository()
    let found = try repository.locate(model: "digits", version: "2")
    #expect(found.model == "digits" && found.version == "2")
    #expect(found.path == "\(folder.path)/digits/2/model.onnx")
    #expect(try repository.locate(model: "digits").version == "10")
    #expect(try repository.locate(model: "churn").version == "beta")
  }

  @Test func whatIsNotThereIsRefusedNamingWhatIs() throws {
    let (folder, repository) = Self.repository()
    let cases: [(String, String?, String)] = [
      ("digit", nil, "no model \"digit\" in \(folder.path), which has \"churn\", \"digits\", \"empty\""),
      (
        "digits", "4",
        "no version \"4\" of model \"digits\" in \(folder.path)/digits, which has \"1\", \"2\", \"3\", \"10\""
      ),
      ("digits", "3", "no model.onnx in \(folder.path)/digits/3, which has \"other.onnx\""),
      ("empty", nil, "no version of model \"empty\" in \(folder.path)/empty, which has none"),
    ]
    for (model, version, message) in cases {
      #expect(throws: InferenceError(.notFound, message)) { try repository.locate(model: model, version: version) }
    }
    let error = #expect(throws: InferenceError.self) { try ModelRepository(root: "/nowhere/at/all").models() }
    #expect(error?.message == "cannot read model repository /nowhere/at/all: No such file or directory")
  }

  @Test(arguments: ["..", "", "a/b", ".hidden", "a b", "ü", String(repeating: "a", count: 129)])
  func namesThatCouldLeadElsewhereAreRefused(name: String) throws {
    let (folder, repository) = Self.repository()
    defer { withExtendedLifetime(folder) {} }
    for error in [
      #expect(throws: InferenceError.self) { try repository.locate(model: name) },
      #expect(throws: InferenceError.self) { try repository.locate(model: "digits", version: name) },
    ] {
      #expect(error?.code == .invalidArgument)
    }
  }
}
