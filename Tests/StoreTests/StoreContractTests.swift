import QueueCore
import Store
import Testing

/// What every store must do.
struct StoreContractTests {
  @Test(arguments: StoreUnderTest.allCases)
  func aNewJobIsQueuedAndKeepsWhatWasSubmitted(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let made = try await store.insertJob(.example(3, requestedVersion: "2"))
      #expect(made.state == .queued)
      #expect(made.checkpoint == .start)
      #expect(made.fence == 0)
      #expect(made.job == .example(3, requestedVersion: "2"))
      let read = try await store.job(made.id)
      #expect(read == made)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func jobsAreListedInTheOrderOfSubmissionAndByState(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      var ids: [JobID] = []
      for number in 0..<12 { ids.append(try await store.insertJob(.example(number)).id) }
      #expect(ids == ids.sorted())
      try await store.updateJob(ids[3], fence: nil, JobUpdate(state: .running))
      try await store.updateJob(ids[5], fence: nil, JobUpdate(state: .succeeded))
      let all = try await store.jobs(in: nil)
      #expect(all.map(\.id) == ids)
      let unfinished = try await store.jobs(in: JobRecord.State.unfinished)
      #expect(unfinished.map(\.id) == ids.filter { $0 != ids[5] })
      let running = try await store.jobs(in: [.running])
      #expect(running.map(\.id) == [ids[3]])
      let none = try await store.jobs(in: [])
      #expect(none.isEmpty)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func anUpdateChangesWhatItNamesAndNothingElse(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      var expected = try await store.insertJob(.example())
      let other = try await store.insertJob(.example(1))
      let checkpoint = JobCheckpoint(
        chunks: 1 << 40, lines: 2 << 40, inputOffset: 3 << 40, outputLength: 4 << 40, errorsLength: 5,
        predictedRows: 6 << 40, failedRows: 7)
      var contributions = JobContributions()
      contributions.add(5, worker: "a", version: "2")
      let changed = try await store.updateJob(
        expected.id, fence: nil,
        JobUpdate(
          state: .running, message: .some("waiting"), cancelRequested: true, attempt: 4, version: "2", digest: "ab",
          checkpoint: checkpoint, contributions: contributions, rate: JobRate(rowsPerSecond: 2.5, bytesPerSecond: 7),
          isLate: true, startedAt: 12.5, finishedAt: 13.5))
      expected.state = .running
      expected.message = "waiting"
      expected.cancelRequested = true
      expected.version = "2"
      expected.digest = "ab"
      expected.checkpoint = checkpoint
      expected.checkpointOrigin = JobRecord.CheckpointOrigin(attempt: 4, fence: 0)
      expected.attempt = 4
      expected.contributions = contributions
      expected.rate = JobRate(rowsPerSecond: 2.5, bytesPerSecond: 7)
      expected.isLate = true
      expected.startedAt = 12.5
      expected.finishedAt = 13.5
      #expect(changed.revision > expected.revision)
      expected.revision = changed.revision
      #expect(changed == expected)
      let unchanged = try await store.updateJob(expected.id, fence: nil, JobUpdate())
      expected.revision = unchanged.revision
      #expect(unchanged == expected)
      let cleared = try await store.updateJob(expected.id, fence: nil, JobUpdate(message: JobUpdate.Message.none))
      expected.message = nil
      expected.revision = cleared.revision
      #expect(cleared == expected)
      let stored = try await store.job(expected.id)
      #expect(stored == expected)
      let untouched = try await store.job(other.id)
      #expect(untouched == other)
    }
  }

  @Test(arguments: StoreUnderTest.allCases, [JobRecord.State.succeeded, .failed, .cancelled, .expired])
  func aJobThatHasEndedDoesNotChange(kind: StoreUnderTest, state: JobRecord.State) async throws {
    try await kind.with { store in
      let id = try await store.insertJob(.example()).id
      let ended = try await store.updateJob(id, fence: nil, JobUpdate(state: state, finishedAt: 5))
      let update = await failure { try await store.updateJob(id, fence: nil, JobUpdate(state: .queued)) }
      #expect(update?.code == .finished)
      let claim = await failure { _ = try await store.claimJob(id, by: "a", leaseSeconds: 1, at: 0) }
      #expect(claim?.code == .finished)
      let stored = try await store.job(id)
      #expect(stored == ended)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aJobThatDoesNotExistIsNamed(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let missing = try await store.job(JobID(77))
      #expect(missing == nil)
      let failures = [
        await failure { _ = try await store.existingJob(JobID(77)) },
        await failure { _ = try await store.claimJob(JobID(77), by: "a", leaseSeconds: 1, at: 0) },
        await failure { try await store.updateJob(JobID(77), fence: nil, JobUpdate(state: .running)) },
      ]
      for failure in failures {
        #expect(failure?.code == .notFound)
        #expect(failure?.message == "there is no job 77")
      }
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func concurrentSubmissionsGetDifferentNumbers(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
        for number in 0..<20 { group.addTask { try await store.insertJob(.example(number)).id } }
        var ids: Set<JobID> = []
        for try await id in group { ids.insert(id) }
        return ids
      }
      #expect(ids.count == 20)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func versionsAreRememberedOnceWithTheirFirstAndLastSight(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      func version(_ model: String, _ name: String, _ digest: String?, at time: Double) -> ModelVersionRecord {
        ModelVersionRecord(
          model: model, version: name, digest: digest, signature: "{\"v\":\"\(digest ?? "")\"}", firstSeenAt: time,
          lastSeenAt: time)
      }
      try await store.recordVersion(version("b", "1", nil, at: 1))
      try await store.recordVersion(version("a", "2", "aa", at: 2))
      try await store.recordVersion(version("a", "1", "bb", at: 3))
      try await store.recordVersion(version("a", "2", "cc", at: 4))
      var seenTwice = version("a", "2", "cc", at: 4)
      seenTwice.firstSeenAt = 2
      let versions = try await store.versions()
      #expect(versions == [version("a", "1", "bb", at: 3), seenTwice, version("b", "1", nil, at: 1)])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aCancelledTaskStillCommits(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let id = try await store.insertJob(.example()).id
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await store.updateJob(id, fence: nil, JobUpdate(message: .some("done")))
      }
      let written = try await task.value
      let read = try await store.job(id)
      #expect(read == written)
      #expect(read?.message == "done")
    }
  }
}
