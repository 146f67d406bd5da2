import AuguryClient
import Jobs
import QueueCore
import Store
import Testing

struct JobVersionTests {
  private func version(_ name: String, isReady: Bool = true, digest: String? = nil) -> ServedVersion {
    ServedVersion(model: "digits", version: name, digest: digest, isReady: isReady)
  }

  @Test func aJobWithoutAVersionTakesTheHighestThatIsReadyAndKeepsIt() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(40))
    bench.cluster.change {
      $0.versions = [
        self.version("9"), self.version("10", digest: "0a0b"), self.version("11", isReady: false),
        ServedVersion(model: "other", version: "99", digest: nil, isReady: true),
      ]
      $0.digest = [10, 11]
      $0.isHeld = true
    }
    try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { bench.cluster.requests > 0 }
      bench.cluster.change { $0.versions.append(self.version("12")) }
      bench.cluster.change { $0.isHeld = false }
      let job = try await service.ended(id)
      #expect(job.state == .succeeded)
      #expect(job.version == "10")
      #expect(job.digest == "0a0b")
    }
    #expect(bench.cluster.versionsAsked == ["10"])
  }

  @Test func theVersionThatIsAskedForIsTakenAndWaitedFor() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    bench.cluster.change { $0.versions = [self.version("1"), self.version("2", isReady: false)] }
    try await bench.running { service in
      let id = try await service.submit(bench.submission(version: "2")).id
      try await eventually {
        try await service.show(id).message == "waiting for a worker that serves digits@2"
      }
      #expect(try await service.show(id).state == .queued)
      bench.cluster.change { $0.versions[1].isReady = true }
      #expect(try await service.ended(id).state == .succeeded)
    }
    #expect(bench.cluster.versionsAsked == ["2"])
  }

  @Test func aJobThatWaitsForAWorkerLeavesItsPlaceToOthers() async throws {
    let bench = try Bench { $0.maxRunning = 1 }
    try bench.folder.write("in.jsonl", Bench.rows(4))
    bench.cluster.change { $0.versions = [self.version("1"), self.version("2", isReady: false)] }
    try await bench.running { service in
      let waiting = try await service.submit(bench.submission("in.jsonl", "a.jsonl", version: "2")).id
      let other = try await service.submit(bench.submission("in.jsonl", "b.jsonl", version: "1")).id
      #expect(try await service.ended(other).state == .succeeded)
      #expect(try await service.show(waiting).state == .queued)
    }
  }

  @Test func aVersionThatIsReplacedWhileTheJobRunsIsWaitedForAndTheOtherArtifactPredictsNoRow() async throws {
    let undisturbed = try Bench()
    try undisturbed.folder.write("in.jsonl", Bench.rows(400))
    _ = try await undisturbed.run(undisturbed.submission())

    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(400))
    bench.cluster.change {
      $0.versions = [self.version("1", digest: "01ff")]
      $0.digest = [1, 255]
      $0.permits = 20
    }
    try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { bench.cluster.isExhausted }
      // One of several workers is another: the broker still tells of the first.
      bench.cluster.change {
        $0.digest = [2, 255]
        $0.permits = nil
      }
      let message = "waiting for digits@1 with digest 01ff, which the job began with; "
      try await eventually {
        try await service.show(id).message == message + "worker w1 serves another artifact, with digest 02ff"
      }
      bench.cluster.change { $0.versions = [self.version("1", digest: "02ff")] }
      try await eventually {
        let job = try await service.show(id)
        return job.state == .queued
          && job.message == message + "its workers serve another artifact, with digest 02ff"
      }
      #expect(bench.folder.bytes("out.jsonl") == nil)
      bench.cluster.change {
        $0.versions = [self.version("1", digest: "01ff")]
        $0.digest = [1, 255]
      }
      let job = try await service.ended(id)
      #expect(job.state == .succeeded, "\(job.message ?? "")")
      #expect(job.digest == "01ff")
    }
    #expect(bench.folder.text("out.jsonl") == undisturbed.folder.text("out.jsonl"))
  }

  @Test func anAnswerOfAnotherVersionFailsTheJob() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    bench.cluster.change { $0.impostor = "7" }
    let job = try await bench.run(bench.submission())
    #expect(job.state == .failed)
    #expect(job.message == "version 1 was asked for and 7 answered; no row was written")
  }

  @Test func aModelThatTheStoreRemembersIsTakenWithoutAWorker() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    bench.cluster.change { $0.versions = [] }
    try await bench.store.recordVersion(
      ModelVersionRecord(
        model: "digits", version: "3", digest: nil, signature: "{}", firstSeenAt: 1, lastSeenAt: 1))
    let service = bench.makeService()
    let job = try await service.submit(bench.submission(version: "3"))
    #expect(job.state == .queued)
    let refused = await refusal { _ = try await service.submit(bench.submission("in.jsonl", "b.jsonl", version: "4")) }
    #expect(refused?.code == .notFound)
    #expect(refused?.message == "model \"digits\" has no version \"4\"; it has 3")
  }
}
