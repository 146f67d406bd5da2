import AuguryClient
import Jobs
import QueueCore
import Store
import Testing

struct JobServiceTests {
  @Test(arguments: [1, 4, 256])
  func everyRowHasItsPredictionInOrder(batchSize: Int) async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(301))
    bench.cluster.change { $0.turns = 20 }
    let job = try await bench.run(bench.submission(batchSize: batchSize))
    #expect(job.state == .succeeded)
    #expect(job.message == nil)
    #expect(job.rowsDone == 301)
    #expect(job.rowsFailed == 0)
    #expect(job.bytesDone == job.bytesTotal)
    #expect(job.version == "1")
    #expect(job.finishedAt != nil)
    let expected = Bench.rows(301) { row in
      let first = row / batchSize * batchSize
      return "{\"of\":[\(row)],\"first\":[\(first)],\"rows\":\(min(batchSize, 301 - first))}"
    }
    #expect(bench.folder.text("out.jsonl") == expected)
    #expect(bench.cluster.chunks == (301 + batchSize - 1) / batchSize)
    #expect(!bench.folder.names.contains { $0.contains("errors") || $0.contains("partial") })
  }

  @Test func badRowsGetTheirLineInTheErrorsFile() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", "[0]\n\n\"bad\"\r\n[2]\n[3]\n[4]\n\"bad é\"")
    let job = try await bench.run(bench.submission())
    #expect(job.state == .succeeded)
    #expect(job.rowsDone == 6)
    #expect(job.rowsFailed == 2)
    #expect(bench.folder.text("out.jsonl")?.split(separator: "\n").count == 4)
    #expect(
      bench.folder.text("out.errors.jsonl") == """
        {"row":2,"line":3,"offset":5,"code":"INVALID_ARGUMENT","message":"bad row"}
        {"row":6,"line":7,"offset":24,"code":"INVALID_ARGUMENT","message":"bad row"}

        """)
    #expect(!bench.folder.names.contains { $0.contains("partial") })
  }

  @Test func anInputWithoutRowsMakesAnEmptyOutput() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", "\u{FEFF}\n\n")
    let job = try await bench.run(bench.submission())
    #expect(job.state == .succeeded)
    #expect(job.rowsDone == 0)
    #expect(job.bytesDone == 5)
    #expect(bench.folder.text("out.jsonl") == "")
    #expect(bench.cluster.requests == 0)
  }

  @Test func bytesThatAreNoTextAreTheirOwnRowsAffair() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Array("[0]\n".utf8) + [0xFF, 0xC3, 0x0A] + Array("[2]\n".utf8))
    let job = try await bench.run(bench.submission())
    #expect(job.state == .succeeded)
    #expect(job.rowsFailed == 1)
    #expect(
      bench.folder.text("out.errors.jsonl")
        == "{\"row\":2,\"line\":2,\"offset\":4,\"code\":\"INVALID_ARGUMENT\",\"message\":\"not UTF-8\"}\n")
  }

  @Test func aRowThatIsTooLongIsRefusedAndTheOthersArePredicted() async throws {
    let bench = try Bench { $0.chunkBytes = 20 }
    try bench.folder.write("in.jsonl", "[0]\n\"\(String(repeating: "x", count: 30))\"\n[2]\n")
    let job = try await bench.run(bench.submission())
    #expect(job.state == .succeeded)
    #expect(bench.folder.text("out.jsonl")?.split(separator: "\n").count == 2)
    #expect(
      bench.folder.text("out.errors.jsonl")
        == "{\"row\":2,\"line\":2,\"offset\":4,\"code\":\"INVALID_ARGUMENT\","
        + "\"message\":\"the row has 32 bytes, expected at most 19\"}\n")
  }

  @Test func rowsThatEndWorkersOrFailTheModelAreFoundAndTheOthersArePredicted() async throws {
    let bench = try Bench()
    try bench.folder.write(
      "in.jsonl", Bench.rows(40) { [7: "\"poison\"", 20: "\"fault\"", 21: "\"poison\""][$0] ?? "[\($0)]" })
    let job = try await bench.run(bench.submission(batchSize: 16))
    #expect(job.state == .succeeded)
    #expect(job.rowsFailed == 3)
    #expect(bench.folder.text("out.jsonl")?.split(separator: "\n").count == 37)
    let errors = bench.folder.text("out.errors.jsonl") ?? ""
    // Nothing of the workers' names, which would differ from run to run.
    let died = "\"code\":\"INTERNAL\",\"message\":\"the workers that predict the row die (POISON)\""
    let failed = "\"code\":\"INTERNAL\",\"message\":\"the model failed on \\\"these\\\" rows\""
    #expect(
      errors == """
        {"row":8,"line":8,"offset":28,\(died)}
        {"row":21,"line":21,"offset":95,\(failed)}
        {"row":22,"line":22,"offset":103,\(died)}

        """)
  }

  @Test func aWorkerThatAnswersTheWrongNumberOfRowsDoesNotGetIntoTheOutput() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(8) { $0 == 5 ? "\"lie\"" : "[\($0)]" })
    let job = try await bench.run(bench.submission())
    #expect(job.state == .succeeded)
    #expect(job.rowsFailed == 1)
    #expect(bench.folder.text("out.jsonl")?.contains("lie") == false)
    #expect(
      bench.folder.text("out.errors.jsonl")
        == "{\"row\":6,\"line\":6,\"offset\":20,\"code\":\"INTERNAL\","
        + "\"message\":\"the worker answered 2 predictions and 0 errors for 1 rows\"}\n")
  }

  @Test func aJobWaitsWhileNobodyServesAndSaysSo() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(30))
    bench.cluster.change {
      $0.failure = PredictionError(.unavailable, reason: "NO_WORKER", message: "no worker serves digits@1")
    }
    try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { try await service.show(id).message == "waiting: UNAVAILABLE: no worker serves digits@1" }
      #expect(try await service.show(id).state == .running)
      bench.cluster.change { $0.failure = nil }
      let job = try await service.ended(id)
      #expect(job.state == .succeeded)
      #expect(job.rowsDone == 30)
    }
  }

  @Test func aRefusalThatHoldsForAllRowsFailsTheJob() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(30))
    bench.cluster.change {
      $0.failure = PredictionError(.permissionDenied, reason: "NOT_YOURS", message: "digits is not for you")
    }
    let job = try await bench.run(bench.submission())
    #expect(job.state == .failed)
    #expect(job.message == "PERMISSION_DENIED: digits is not for you; no row was written")
    #expect(!bench.folder.names.contains { $0.contains("out") })
  }

  @Test func noMoreJobsRunAtOnceThanAllowedAndTheyRunInOrder() async throws {
    let bench = try Bench { $0.maxRunning = 2 }
    try bench.folder.write("in.jsonl", Bench.rows(5))
    bench.cluster.change { $0.isHeld = true }
    try await bench.running { service in
      var ids: [String] = []
      for number in 0..<4 {
        ids.append(try await service.submit(bench.submission("in.jsonl", "out-\(number).jsonl")).id)
      }
      try await eventually {
        try await service.list().map(\.state) == [.running, .running, .queued, .queued]
      }
      bench.cluster.change { $0.isHeld = false }
      for id in ids { #expect(try await service.ended(id).state == .succeeded) }
      let starts = try await service.list().compactMap(\.startedAt)
      #expect(starts.count == 4)
      #expect(starts[2] >= starts[0] && starts[3] >= starts[1])
    }
  }
}
