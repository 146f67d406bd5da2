import Glibc
import Inference
import Tensors
import Testing

/// Finding and opening the library, and what it must not do.
@Suite struct OnnxLibraryTests {
  @Test func aPathThatIsNoLibraryIsRefusedWithTheSystemsWords() throws {
    let folder = TemporaryFolder()
    let path = folder.write(Array("no library".utf8), to: "libonnxruntime.so")
    let error = #expect(throws: InferenceError.self) { try OnnxLibrary.load(path: path) }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains(path) == true)
    #expect(error?.message.contains("ORT_LIB_PATH") == true)
  }

  @Test func aFolderIsSearchedAndEveryCandidateIsNamed() throws {
    let folder = TemporaryFolder()
    let error = #expect(throws: InferenceError.self) { try OnnxLibrary.load(path: folder.path) }
    #expect(error?.message.contains("\(folder.path)/libonnxruntime.so:") == true)
    #expect(error?.message.contains("\(folder.path)/libonnxruntime.so.1:") == true)
  }

  @Test func aLibraryOfAnotherKindIsRefused() {
    let error = #expect(throws: InferenceError.self) { try OnnxLibrary.load(path: "libm.so.6") }
    #expect(error?.message == "libm.so.6 is not ONNX Runtime: it has no OrtGetApiBase")
  }

  @Test func loadingAndRunningStartsNoThread() throws {
    // Everything loaded once, then counted: other tests come and go, so it is the names of the threads that count.
    let model = try Fixture.model("mlp")
    try model.warmUp(rows: 3)
    #expect(getenv("ORT_DISABLE_TELEMETRY").map { String(cString: $0) } == "1")
    let library = try Fixture.library()
    #expect(library.version == "1.28.0")
    for name in Self.threadNames() {
      #expect(!name.hasPrefix("1DS") && !name.lowercased().contains("telemetry"))
    }
  }

  private static func threadNames() -> [String] {
    guard let directory = opendir("/proc/self/task") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let task = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let file = fopen("/proc/self/task/\(task)/comm", "r") else { continue }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 64)
      if fgets(&line, 64, file) != nil {
        names.append(String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
    }
    return names
  }
}
