import AuguryClient
import Glibc
import Jobs
import Store
import Testing

/// A file system of a few pages, for as long as it is held.
private final class TinyDisk: Sendable {
  let folder = TemporaryFolder()

  /// Nil where file systems may not be made, for want of the right to.
  init?(bytes: Int) {
    guard mount("none", self.folder.path, "tmpfs", 0, "size=\(bytes)") == 0 else { return nil }
  }

  deinit {
    umount2(self.folder.path, Int32(MNT_DETACH))
  }

  static var isPossible: Bool { TinyDisk(bytes: 4096) != nil }
}

struct FullDiskTests {
  @Test(.enabled(if: TinyDisk.isPossible, "needs the right to mount a file system"))
  func aJobWaitsForRoomAndGoesOnWhenThereIsSome() async throws {
    let undisturbed = try Bench()
    try undisturbed.folder.write("in.jsonl", Bench.rows(4000))
    _ = try await undisturbed.run(undisturbed.submission())

    let disk = try #require(TinyDisk(bytes: 256 << 10))
    try disk.folder.write("ballast", [UInt8](repeating: 1, count: 200 << 10))
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4000))
    var submission = bench.submission()
    submission.output = disk.folder.file("out.jsonl")
    try await bench.running { service in
      let id = try await service.submit(submission).id
      try await eventually {
        try await service.show(id).message?.hasPrefix("waiting for room on the disk: cannot write") == true
      }
      #expect(try await service.show(id).state == .paused)
      unlink(disk.folder.file("ballast"))
      try await eventually { try await service.show(id).message == nil }
      #expect(try await service.ended(id).state == .succeeded)
    }
    #expect(disk.folder.text("out.jsonl") == undisturbed.folder.text("out.jsonl"))
  }
}
