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

  @Test func loadingAndRunningStartsNoThread() async {
    // In a process of its own, where no other test starts any.
    await #expect(processExitsWith: .success) {
      let before = Self.threads()
      try Fixture.model("mlp").warmUp(rows: 3)
      #expect(getenv("ORT_DISABLE_TELEMETRY").map { String(cString: $0) } == "1")
      #expect(Self.threads().subtracting(before).isEmpty)
    }
  }

  @Test func severalThreadsForARunAreStarted() async {
    await #expect(processExitsWith: .success) {
      let before = Self.threads()
      let model = try Fixture.model("mlp", options: OnnxOptions(intraOpThreads: 3))
      #expect(Self.threads().subtracting(before).count == 2)
      try model.warmUp()
    }
  }

  @Test func theReleaseIsThePinnedOne() throws {
    #expect(try Fixture.library().version == "1.28.0")
  }

  /// The threads of this process.
  private static func threads() -> Set<String> {
    guard let directory = opendir("/proc/self/task") else { return [] }
    defer { closedir(directory) }
    var names: Set<String> = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      names.insert(name)
    }
    return names
  }
}
