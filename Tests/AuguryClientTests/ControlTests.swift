import AuguryClient
import QueueCore
import Testing

@Suite("A client's control calls", .timeLimit(.minutes(3)))
struct ControlTests {
  private static let job = Job(
    id: "17", model: "digits", version: "2", input: "/in.jsonl", output: "/out.jsonl", errors: "/out.errors.jsonl",
    state: .running, batchSize: 256, rowsDone: 512, rowsFailed: 1, bytesDone: 4096, bytesTotal: 1 << 40,
    rowsPerSecond: 1234.5, etaSeconds: 0.25, createdAt: 1_700_000_000.125, startedAt: 1_700_000_001)

  /// A broker that answers each method with the JSON given for it, and notes method and arguments.
  private static func broker(_ answers: [String: String]) throws -> ScriptedBroker {
    try ScriptedBroker { unit in
      guard let header = try? ControlHeader(decoding: unit.header.span.bytes), let answer = answers[header.method]
      else {
        return [unit.refusal(.unimplemented, "UNKNOWN_METHOD", "no such method")]
      }
      return [unit.reply([Array(answer.utf8)], contentType: .json)]
    }
  }

  private static func text(_ value: some Encodable) throws -> String {
    String(decoding: try ControlCoding.encode(value), as: UTF8.self)
  }

  @Test("Each typed call sends its method and arguments and reads its answer")
  func typedCalls() async throws {
    let job = try Self.text(Self.job)
    let broker = try Self.broker([
      "jobs.submit": job, "jobs.show": job, "jobs.cancel": job, "jobs.pause": job,
      "jobs.resume": job, "jobs.delete": job, "jobs.retry_failed": job, "jobs.list": "{\"jobs\":[\(job),\(job)]}",
      "workers": #"{"workers":[]}"#,
      "status": """
      {"broker":{"version":"1","instance":"a","uptime_seconds":1.5,"frontend":"f","backend":"b","events":"e",
       "draining":false,"of_the_future":true},"models":[],"routes":[],"counters":{"requests_accepted":3}}
      """,
    ])
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let submission = JobSubmission(model: "digits", input: "/in.jsonl", output: "/out.jsonl", batchSize: 64)
    #expect(try await client.submit(submission) == Self.job)
    #expect(try await client.job("17") == Self.job)
    #expect(try await client.cancelJob("17") == Self.job)
    #expect(try await client.jobs() == [Self.job, Self.job])
    let filter = JobFilter(states: [.queued, .paused], model: "digits", labels: ["team": "fraud"], limit: 5)
    #expect(try await client.jobs(matching: filter) == [Self.job, Self.job])
    #expect(try await client.pauseJob("17") == Self.job)
    #expect(try await client.resumeJob("17") == Self.job)
    #expect(try await client.deleteJob("17") == Self.job)
    #expect(try await client.retryFailedRows(of: "17") == Self.job)
    #expect(try await client.workers().isEmpty)
    let status = try await client.status()
    #expect(status.broker.uptimeSeconds == 1.5 && status.counters == ["requests_accepted": 3])

    let calls = try broker.log.all(.control).map { unit in
      let method = try ControlHeader(decoding: unit.header.span.bytes).method
      return "\(method) \(String(decoding: unit.parts[0], as: UTF8.self))"
    }
    #expect(
      calls == [
        #"jobs.submit {"batch_size":64,"input":"/in.jsonl","model":"digits","output":"/out.jsonl"}"#,
        #"jobs.show {"id":"17"}"#, #"jobs.cancel {"id":"17"}"#, "jobs.list {}",
        #"jobs.list {"labels":{"team":"fraud"},"limit":5,"model":"digits","states":["queued","paused"]}"#,
        #"jobs.pause {"id":"17"}"#, #"jobs.resume {"id":"17"}"#, #"jobs.delete {"id":"17"}"#,
        #"jobs.retry_failed {"id":"17"}"#, "workers {}", "status {}",
      ])
    await client.close()
    await broker.stop()
  }

  @Test("An unknown method, an answer of another form and one of another type are told apart")
  func badAnswers() async throws {
    let broker = try ScriptedBroker { unit in
      switch try? ControlHeader(decoding: unit.header.span.bytes).method {
      case "workers": [unit.reply([Array(#"{"workers":[{"name":"w"}]}"#.utf8)], contentType: .json)]
      case "jobs.list": [unit.reply([Array("{".utf8)], contentType: .json)]
      case "jobs.show": [unit.reply([[1], [2]], contentType: .octets)]
      default: [unit.refusal(.unimplemented, "UNKNOWN_METHOD", "no method 'status'")]
      }
    }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let status = await failure { () async throws(PredictionError) in try await client.status() }
    #expect(status?.code == .unimplemented && status?.message == "no method 'status'")
    let workers = await failure { () async throws(PredictionError) in try await client.workers() }
    #expect(workers?.code == .internal && workers?.reason == "INVALID_BODY")
    #expect(workers?.message == "not a WorkerList: field 'workers.0.model' is missing")
    let jobs = await failure { () async throws(PredictionError) in try await client.jobs() }
    #expect(jobs?.message == "not a JobList: not valid JSON")
    let job = await failure { () async throws(PredictionError) in try await client.job("1") }
    #expect(job?.code == .internal && job?.reason == "MALFORMED_REPLY")
    await client.close()
    await broker.stop()
  }

  @Test("A control call that is not answered ends by its own time-out")
  func timeout() async throws {
    let broker = try ScriptedBroker()
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let error = await failure { () async throws(PredictionError) in
      try await client.control("status", Array("{}".utf8), timeout: .milliseconds(20))
    }
    #expect(error?.code == .deadlineExceeded)
    await client.close()
    await broker.stop()
  }

  @Test("Numbers without a JSON form are refused, not sent")
  func notFinite() {
    let quantiles = Quantiles(count: 1, mean: .nan)
    let error = #expect(throws: PredictionError.self) { try ControlCoding.encode(quantiles) }
    #expect(error?.code == .internal)
    #expect(error?.message.contains("mean") == true)
  }

  @Test("Every state of jobs, versions and workers has the name it has on the wire")
  func stateNames() {
    #expect(
      Job.State.allCases.map(\.rawValue) == [
        "queued", "validating", "running", "paused", "finalizing", "succeeded", "failed", "cancelled", "expired",
      ])
    #expect(Job.State.allCases.filter(\.isFinal) == [.succeeded, .failed, .cancelled, .expired])
    #expect(VersionStatus.State.allCases.map(\.rawValue) == ["ready", "warming", "absent", "draining"])
    #expect(
      WorkerStatus.State.allCases.map(\.rawValue) == ["warming", "ready", "busy", "draining", "suspect", "stuck"])
  }

  @Test("Bodies survive the way to JSON and back")
  func roundTrips() throws {
    let quantiles = Quantiles(count: 3, mean: 0.5, p50: 0.25, p90: 1, p99: 1.5, max: 2)
    let worker = WorkerStatus(
      name: "w", model: "m", version: "1", state: .stuck, host: "h", pid: 7, engine: "echo", digest: "",
      lastBeatSeconds: 1,
      uptimeSeconds: 2, loadSeconds: 3, credit: 4, bulkCredit: 5, inFlight: 6, queued: 7, requestsTotal: 8,
      rowsTotal: 9,
      batchesTotal: 10, errors: ["INTERNAL": 11], queueSeconds: quantiles, computeSeconds: quantiles, rssBytes: 12,
      cpuSeconds: 13)
    let version = VersionStatus(
      model: "m", version: "1", digest: "ab", state: .warming, workers: WorkerCounts(ready: 1, suspect: 2),
      queued: QueueDepths(online: 3, tuning: 4), inFlight: 5, requestsTotal: 6, rowsTotal: 7, errors: [:],
      queueSeconds: quantiles, computeSeconds: quantiles, latencySeconds: quantiles)
    #expect(version.workers.total == 3 && version.queued.total == 7)
    let list = WorkerList(workers: [worker])
    #expect(try ControlCoding.decode(WorkerList.self, from: ControlCoding.encode(list)) == list)
    let status = ClusterStatus(
      broker: BrokerStatus(
        version: "1", instance: "ff", uptimeSeconds: 1, frontend: "f", backend: "b", events: "e", clients: 2,
        draining: true),
      models: [version], counters: ["a": 1])
    #expect(try ControlCoding.decode(ClusterStatus.self, from: ControlCoding.encode(status)) == status)
    #expect(try ControlCoding.decode(Job.self, from: ControlCoding.encode(Self.job)) == Self.job)
    #expect(String(decoding: try ControlCoding.encode(worker), as: UTF8.self).contains(#""last_beat_seconds":1"#))
  }
}
