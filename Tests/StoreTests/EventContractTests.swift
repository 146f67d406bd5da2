import QueueCore
import Store
import Testing

/// What every store remembers of what happened, and what it forgets.
struct EventContractTests {
  @Test(arguments: StoreUnderTest.allCases)
  func everyChangeOfStateIsAnEventInItsOrder(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let before = try await store.latestJobEvent()
      #expect(before == 0)
      let id = try await store.insertJob(.example(0, requestedVersion: "2")).id
      try await store.updateJob(id, fence: nil, JobUpdate(state: .running))
      try await store.updateJob(id, fence: nil, JobUpdate(message: .some("no event")))
      try await store.updateJob(id, fence: nil, JobUpdate(isLate: true))
      try await store.updateJob(id, fence: nil, JobUpdate(isLate: true))
      var checkpoint = JobCheckpoint.start
      checkpoint.predictedRows = 9
      checkpoint.failedRows = 2
      try await store.updateJob(
        id, fence: nil, JobUpdate(state: .failed, message: .some("why"), checkpoint: checkpoint))
      let events = try await store.jobEvents(after: 0, limit: 100)
      #expect(events.map(\.kind) == ["queued", "running", "late", "failed"])
      #expect(events.map(\.sequence) == events.map(\.sequence).sorted())
      let last = try #require(events.last)
      #expect(last.job == id)
      #expect(last.model == "digits")
      #expect(last.version == "2")
      #expect(last.message == "why")
      #expect(last.rows == 11)
      #expect(last.failedRows == 2)
      #expect(last.at > 1_000_000_000)
      let rest = try await store.jobEvents(after: events[1].sequence, limit: 1)
      #expect(rest.map(\.kind) == ["late"])
      let latest = try await store.latestJobEvent()
      #expect(latest == last.sequence)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func theWordAboutAnEndIsToBeSentUntilItIsSent(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let ended = try await store.insertJob(.example()).id
      let failed = try await store.insertJob(.example(1)).id
      _ = try await store.insertJob(.example(2))
      try await store.updateJob(ended, fence: nil, JobUpdate(state: .succeeded))
      try await store.updateJob(failed, fence: nil, JobUpdate(state: .failed))
      var waiting = try await store.jobsAwaitingNotification(limit: 10)
      #expect(waiting.map(\.id) == [ended, failed])
      try await store.recordNotification(ended, .delivered)
      try await store.recordNotification(failed, .failed)
      waiting = try await store.jobsAwaitingNotification(limit: 10)
      #expect(waiting.isEmpty)
      let kept = try await store.existingJob(ended)
      #expect(kept.notification == .delivered)
      let missing = await failure { try await store.recordNotification(JobID(9), .delivered) }
      #expect(missing?.code == .notFound)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func jobsAreFoundByStateModelLabelsAndChange(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      var first = NewJob.example()
      first.options.labels = ["team": "a", "odd \"key'": "x"]
      var second = NewJob.example(1)
      second.options.labels = ["team": "b"]
      var third = NewJob.example(2)
      third.model = "letters"
      let ids = [
        try await store.insertJob(first).id, try await store.insertJob(second).id, try await store.insertJob(third).id,
      ]
      func find(_ query: JobQuery) async throws -> [JobID] { try await store.jobs(matching: query).map(\.id) }
      #expect(try await find(JobQuery(labels: ["team": "a"])) == [ids[0]])
      #expect(try await find(JobQuery(labels: ["team": "a", "odd \"key'": "x"])) == [ids[0]])
      #expect(try await find(JobQuery(labels: ["team": "a", "odd \"key'": "y"])) == [])
      #expect(try await find(JobQuery(model: "letters")) == [ids[2]])
      #expect(try await find(JobQuery(limit: 2)) == [ids[1], ids[2]])
      #expect(try await find(JobQuery(limit: 0)) == [])
      let latest = try await store.existingJob(ids[2]).revision
      #expect(try await find(JobQuery(changedAfter: latest)) == [])
      try await store.updateJob(ids[0], fence: nil, JobUpdate(state: .running))
      #expect(try await find(JobQuery(changedAfter: latest)) == [ids[0]])
      #expect(try await find(JobQuery(states: [.queued], model: "digits")) == [ids[1]])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aKeyGivesTheJobThatHasIt(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      var job = NewJob.example()
      job.options.idempotencyKey = "k"
      let keyed = job
      let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
        for _ in 0..<10 { group.addTask { try await store.insertJob(keyed).id } }
        return try await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      let found = try await store.job(withKey: "k")
      #expect(found?.id == ids.first)
      let none = try await store.job(withKey: "other")
      #expect(none == nil)
      let events = try await store.jobEvents(after: 0, limit: 10)
      #expect(events.count == 1)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func jobsAreForgottenWhenTheyHaveEndedAndNobodyNeedsThem(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let running = try await store.insertJob(.example()).id
      let early = await failure { _ = try await store.deleteJob(running) }
      #expect(early?.code == .unfinished)
      try await store.updateJob(running, fence: nil, JobUpdate(state: .succeeded, finishedAt: 100))
      var retry = NewJob.example(1)
      retry.options.retryOf = running.rawValue
      let mending = try await store.insertJob(retry).id
      let needed = await failure { _ = try await store.deleteJob(running) }
      #expect(needed?.code == .unfinished)
      #expect(needed?.message.contains("job \(mending)") == true)
      let retries = try await store.retries(of: running)
      #expect(retries.map(\.id) == [mending])
      var purged = try await store.purgeJobs(at: 1000, defaultRetentionSeconds: 10)
      #expect(purged.isEmpty)
      try await store.updateJob(mending, fence: nil, JobUpdate(state: .cancelled, finishedAt: 995))
      let cancelled = try await store.retries(of: running)
      #expect(cancelled.isEmpty)
      purged = try await store.purgeJobs(at: 1000, defaultRetentionSeconds: 10)
      #expect(purged == [running])
      let deleted = try await store.deleteJob(mending)
      #expect(deleted.state == .cancelled)
      let rest = try await store.jobs(in: nil)
      #expect(rest.isEmpty)
      let events = try await store.jobEvents(after: 0, limit: 100)
      #expect(events.filter { $0.kind == JobEventRecord.deleted }.map(\.job) == [running, mending])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aJobIsRememberedForAsLongAsItWants(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      var brief = NewJob.example()
      brief.options.retentionSeconds = 5
      let first = try await store.insertJob(brief).id
      let second = try await store.insertJob(.example(1)).id
      for id in [first, second] {
        try await store.updateJob(id, fence: nil, JobUpdate(state: .succeeded, finishedAt: 100))
      }
      let early = try await store.purgeJobs(at: 104, defaultRetentionSeconds: 50)
      #expect(early.isEmpty)
      let purged = try await store.purgeJobs(at: 105, defaultRetentionSeconds: 50)
      #expect(purged == [first])
    }
  }

  @Test func contributionsAreBoundedAndLoseNoRow() {
    var contributions = JobContributions()
    for worker in 0..<1000 { contributions.add(2, worker: "w\(worker)", version: "\(worker % 2)") }
    #expect(contributions.workers.count == JobContributions.nameLimit + 1)
    #expect(contributions.workers.values.reduce(0, +) == 2000)
    #expect(contributions.versions == ["0": 1000, "1": 1000])
  }
}
