import QueueCore
import Store
import Testing

/// Who may write for a job, and what others may ask of it, in every store.
struct LeaseContractTests {
  @Test(arguments: StoreUnderTest.allCases)
  func aJobBelongsToOneRunnerUntilItsLeaseEnds(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let id = try await store.insertJob(.example()).id
      let first = try await store.claimJob(id, by: "a", leaseSeconds: 10, at: 100)
      #expect(first.lease == JobLease(runner: "a", until: 110))
      #expect(first.fence == 1)
      let refused = await failure { _ = try await store.claimJob(id, by: "b", leaseSeconds: 10, at: 109.5) }
      #expect(refused?.code == .leased)
      #expect(refused?.message.contains("'a'") == true)
      #expect(refused?.message.contains("110") == true)
      let renewed = try await store.updateJob(id, fence: 1, JobUpdate(leaseUntil: 115))
      #expect(renewed.lease?.until == 115)
      let still = await failure { _ = try await store.claimJob(id, by: "b", leaseSeconds: 10, at: 114) }
      #expect(still?.code == .leased)
      let second = try await store.claimJob(id, by: "b", leaseSeconds: 10, at: 115)
      #expect(second.fence == 2)
      #expect(second.wasAbandoned)
      let stale = await failure {
        try await store.updateJob(id, fence: first.fence, JobUpdate(state: .failed), isSynced: false)
      }
      #expect(stale?.code == .fenced)
      let giving = await failure { try await store.releaseJob(id, fence: first.fence, .toQueue(message: nil)) }
      #expect(giving?.code == .fenced)
      try await store.updateJob(id, fence: second.fence, JobUpdate(message: .some("mine")))
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aRunnerThatIsStartedAgainTakesItsJobUpAtOnce(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let id = try await store.insertJob(.example()).id
      _ = try await store.claimJob(id, by: "a", leaseSeconds: 10, at: 100)
      let again = try await store.claimJob(id, by: "a", leaseSeconds: 10, at: 101)
      #expect(again.fence == 2)
      #expect(again.lease?.until == 111)
      #expect(!again.wasAbandoned, "the runner before was the same, and is dead")
      let released = try await store.releaseJob(id, fence: 2, .toQueue(message: "later"))
      #expect(released.lease == nil)
      #expect(released.state == .queued)
      #expect(released.message == "later")
      let other = try await store.claimJob(id, by: "b", leaseSeconds: 10, at: 102)
      #expect(!other.wasAbandoned)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aCheckpointSaysWhoCommittedIt(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let id = try await store.insertJob(.example()).id
      let claim = try await store.claimJob(id, by: "a", leaseSeconds: 10, at: 100)
      try await store.updateJob(id, fence: claim.fence, JobUpdate(state: .running, attempt: 1))
      var checkpoint = JobCheckpoint.start
      checkpoint.chunks = 3
      checkpoint.predictedRows = 12
      let done = try await store.updateJob(id, fence: claim.fence, JobUpdate(checkpoint: checkpoint))
      #expect(done.checkpointOrigin == JobRecord.CheckpointOrigin(attempt: 1, fence: 1))
      let taken = try await store.claimJob(id, by: "b", leaseSeconds: 10, at: 200)
      #expect(taken.checkpoint == checkpoint)
      #expect(taken.checkpointOrigin?.fence == 1, "a claim alone commits nothing")
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aJobThatNobodyRunsRestsAtOnceAndGoesBackToTheQueue(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let id = try await store.insertJob(.example()).id
      let rests = try await store.controlJob(id, .pause, at: 100)
      #expect(rests.state == .paused)
      #expect(rests.message == "paused by request; 0 rows are done")
      let goesOn = try await store.controlJob(id, .resume, at: 101)
      #expect(goesOn.state == .queued)
      #expect(goesOn.message == nil)
      #expect(!goesOn.pauseRequested)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aJobThatRunsIsAskedAndRestsWhenItIsGivenBack(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let id = try await store.insertJob(.example()).id
      let claim = try await store.claimJob(id, by: "a", leaseSeconds: 10, at: 100)
      try await store.updateJob(id, fence: claim.fence, JobUpdate(state: .running))
      let asked = try await store.controlJob(id, .pause, at: 101)
      #expect(asked.state == .running)
      #expect(asked.pauseRequested)
      let rests = try await store.releaseJob(id, fence: claim.fence, .toQueue(message: nil))
      #expect(rests.state == .paused)
      // Asked to rest and to go on before it was given back: as if nobody had asked.
      try await store.controlJob(id, .resume, at: 102)
      let again = try await store.claimJob(id, by: "a", leaseSeconds: 10, at: 103)
      try await store.controlJob(id, .pause, at: 104)
      try await store.controlJob(id, .resume, at: 105)
      let queued = try await store.releaseJob(id, fence: again.fence, .toQueue(message: nil))
      #expect(queued.state == .queued)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aDeadRunnersJobRestsAndItsRunnerIsTurnedAway(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let id = try await store.insertJob(.example()).id
      let claim = try await store.claimJob(id, by: "a", leaseSeconds: 10, at: 100)
      try await store.updateJob(id, fence: claim.fence, JobUpdate(state: .running))
      let rests = try await store.controlJob(id, .pause, at: 111)
      #expect(rests.state == .paused)
      let stale = await failure { try await store.updateJob(id, fence: claim.fence, JobUpdate(state: .running)) }
      #expect(stale?.code == .fenced)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aJobWithoutRoomRestsUntilItIsTriedAgain(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let id = try await store.insertJob(.example()).id
      let claim = try await store.claimJob(id, by: "a", leaseSeconds: 10, at: 100)
      let rests = try await store.releaseJob(id, fence: claim.fence, .withoutRoom(message: "full", retryAt: 103))
      #expect(rests.state == .paused)
      #expect(!rests.pauseRequested)
      #expect(rests.retryAt == 103)
      let goesOn = try await store.controlJob(id, .resume, at: 101)
      #expect(goesOn.state == .queued)
      #expect(goesOn.retryAt == nil)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func whatIsToEndAndIsRunByNobodyIsFound(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      var expiring = NewJob.example(1)
      expiring.options.expiresAt = 150
      let cancelled = try await store.insertJob(.example()).id
      let expired = try await store.insertJob(expiring).id
      let leased = try await store.insertJob(.example(2)).id
      _ = try await store.insertJob(.example(3))
      _ = try await store.claimJob(leased, by: "a", leaseSeconds: 100, at: 100)
      try await store.controlJob(cancelled, .cancel, at: 100)
      try await store.controlJob(leased, .cancel, at: 100)
      let early = try await store.jobsToSettle(at: 149)
      #expect(early.map(\.id) == [cancelled])
      let late = try await store.jobsToSettle(at: 150)
      #expect(late.map(\.id) == [cancelled, expired])
      let orphaned = try await store.jobsToSettle(at: 200)
      #expect(orphaned.map(\.id) == [cancelled, expired, leased])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aNoteIsForJobsInTheQueueOnly(kind: StoreUnderTest) async throws {
    try await kind.with { store in
      let queued = try await store.insertJob(.example()).id
      let running = try await store.insertJob(.example(1)).id
      _ = try await store.claimJob(running, by: "a", leaseSeconds: 10, at: 100)
      for id in [queued, running] { try await store.noteWaiting(id, "waits", at: 101) }
      let messages = try await store.jobs(in: nil).map(\.message)
      #expect(messages == ["waits", nil])
    }
  }
}
