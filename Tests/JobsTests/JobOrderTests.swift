import AuguryClient
import Jobs
import QueueCore
import Store
import Testing

/// Which job runs when.
struct JobOrderTests {
  @Test func aJobOfHigherPriorityTakesAPlaceAndTheOtherGoesOnLater() async throws {
    let bench = try Bench { $0.maxRunning = 1 }
    try bench.folder.write("in.jsonl", Bench.rows(2000))
    bench.cluster.change { $0.permits = 40 }
    try await bench.running { service in
      let low = try await service.submit(bench.submission()).id
      try await eventually { try await service.show(low).rowsDone > 0 }
      var submission = bench.submission("in.jsonl", "b.jsonl")
      submission.priority = 5
      let high = try await service.submit(submission).id
      try await eventually { try await service.show(low).runner == nil }
      bench.cluster.change { $0.permits = nil }
      let first = try await service.ended(high)
      #expect(first.state == .succeeded)
      let second = try await service.ended(low)
      #expect(second.state == .succeeded)
      #expect(second.attempt == 2)
      #expect((first.finishedAt ?? 0) < (second.finishedAt ?? 0))
    }
    let out = bench.folder.text("out.jsonl")
    #expect(out == bench.folder.text("b.jsonl"))
    let kinds = try await bench.store.jobEvents(after: 0, limit: 100).filter { $0.job == JobID(1) }.map(\.kind)
    #expect(kinds == ["queued", "validating", "running", "queued", "running", "finalizing", "succeeded"])
  }

  @Test func amongOthersTheOneThatShouldEndFirstGoesFirst() async throws {
    let bench = try Bench { $0.maxRunning = 1 }
    try bench.folder.write("in.jsonl", Bench.rows(8))
    let service = bench.makeService()
    var ids: [String] = []
    for (number, (priority, finishBy)) in [(0, 5e9), (0, 4e9), (1, nil), (0, nil)].enumerated() {
      var submission = bench.submission("in.jsonl", "out-\(number).jsonl")
      submission.priority = priority
      submission.finishBy = finishBy
      ids.append(try await service.submit(submission).id)
    }
    try await bench.running { service in for id in ids { _ = try await service.ended(id) } }
    let ends = try await bench.store.jobEvents(after: 0, limit: 100).filter { $0.kind == "succeeded" }
    #expect(ends.map(\.job.description) == [ids[2], ids[1], ids[0], ids[3]])
  }

  @Test func aJobThatHasLostItsWorkersMakesRoom() async throws {
    let bench = try Bench { $0.maxRunning = 1 }
    try bench.folder.write("in.jsonl", Bench.rows(400))
    bench.cluster.change {
      $0.versions = ["1", "2"].map { ServedVersion(model: "digits", version: $0, digest: nil, isReady: true) }
      $0.permits = 20
    }
    try await bench.running { service in
      let first = try await service.submit(bench.submission("in.jsonl", "a.jsonl", version: "2")).id
      try await eventually { bench.cluster.isExhausted }
      bench.cluster.change {
        $0.versions[1].isReady = false
        $0.absent = "2"
        $0.permits = nil
      }
      let second = try await service.submit(bench.submission("in.jsonl", "b.jsonl", version: "1")).id
      #expect(try await service.ended(second).state == .succeeded)
      let waiting = try await service.show(first)
      #expect(!waiting.state.isFinal)
      try await eventually { try await service.show(first).message == "waiting for a worker that serves digits@2" }
      bench.cluster.change {
        $0.versions[1].isReady = true
        $0.absent = nil
      }
      #expect(try await service.ended(first).state == .succeeded)
    }
    #expect(bench.folder.text("a.jsonl") == bench.folder.text("b.jsonl"))
  }
}
