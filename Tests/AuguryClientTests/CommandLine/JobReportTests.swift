import AuguryClient
import Testing

@testable import augury

/// What `augury jobs show` writes, to the letter.
@Suite("All about a batch job")
struct JobReportTests {
  private func job(_ state: Job.State) -> Job {
    Job(
      id: "7", model: "digits", input: "/in.csv", output: "/out.jsonl", errors: "/out.errors.jsonl", state: state,
      batchSize: 256, bytesTotal: 2048, createdAt: 1_764_000_000)
  }

  @Test("A job that waits has few properties")
  func queued() {
    #expect(
      JobReport.text(of: self.job(.queued), now: 1_764_000_100) == """
        job         7
        state       queued
        model       digits
        input       /in.csv
        output      /out.jsonl
        errors      /out.errors.jsonl
        batch size  256
        rows        0, 0 failed
        input read  0%, 0 B of 2.0 KiB
        rate        0 rows/s
        created     1m40s ago

        next:
          augury jobs watch 7
          augury jobs pause 7
          augury jobs cancel 7

        """)
  }

  @Test("A running job tells who predicts, that it will be late, where its rows are, and what can be done")
  func running() {
    var job = self.job(.running)
    job.version = "2"
    job.digest = "9f86d081"
    job.message = "waiting for a worker that serves digits@2"
    job.inputFormat = "csv"
    job.outputFormat = "jsonl"
    job.priority = 5
    job.labels = ["team": "fraud", "run": "nightly"]
    job.retryOf = "3"
    job.rowsDone = 1000
    job.rowsFailed = 1
    job.bytesDone = 1024
    job.rowsPerSecond = 20
    job.etaSeconds = 4000
    job.startedAt = 1_764_000_040
    job.finishBy = 1_764_003_700
    job.isLate = true
    job.expiresAt = 1_764_086_500
    job.runner = "host-a:4711"
    job.attempt = 3
    job.rowsByVersion = ["digits@2": 999]
    job.rowsByWorker = ["b": 333, "a": 333, "c\nc": 333]
    #expect(
      JobReport.text(of: job, now: 1_764_000_100) == """
        job           7
        state         running
        message       waiting for a worker that serves digits@2
        model         digits@2
        digest        9f86d081
        input         /in.csv, csv
        output        /out.jsonl, jsonl
        errors        /out.errors.jsonl
        batch size    256
        priority      5
        labels        run=nightly, team=fraud
        retry of      job 3
        rows          1,000, 1 failed
        input read    50%, 1.0 KiB of 2.0 KiB
        rate          20.0 rows/s
        time left     1h06m
        created       1m40s ago
        running time  1m00s
        finish by     2025-11-24T17:01:40Z, in 1h00m
        expires       2025-11-25T16:01:40Z, in 1d00h
        runner        host-a:4711
        attempt       3

        VERSION   ROWS  SHARE
        digits@2   999   100%

        WORKER  ROWS  SHARE
        a        333    33%
        b        333    33%
        c c      333    33%

        warning: it will be late by 6m40s; more workers, or a higher priority, make it faster

        partial output, the first 1,000 rows of the input:
          999 predictions in /out.jsonl.partial
          1 error in /out.errors.jsonl.partial

        next:
          augury jobs watch 7
          augury jobs pause 7
          augury jobs cancel 7

        """)
  }

  @Test("A paused job can be resumed")
  func paused() {
    var job = self.job(.paused)
    job.rowsDone = 1
    let text = JobReport.text(of: job, now: 0)
    #expect(text.contains("partial output, the first 1 row of the input:\n  1 prediction in /out.jsonl.partial\n"))
    #expect(text.hasSuffix("next:\n  augury jobs resume 7\n  augury jobs cancel 7\n"))
  }

  @Test("After a success there is nothing to do, unless rows failed")
  func succeeded() {
    var job = self.job(.succeeded)
    job.rowsDone = 10
    job.isLate = true
    job.finishBy = 1_764_000_010
    job.expiresAt = 1_764_000_020
    job.startedAt = 1_764_000_000
    job.finishedAt = 1_764_000_005
    let text = JobReport.text(of: job, now: 1_764_000_100)
    #expect(text.hasSuffix("running time  5.0 s\nfinish by     2025-11-24T16:00:10Z, 1m30s ago\n"))
    #expect(!text.contains("partial") && !text.contains("expires") && !text.contains("warning"))
    job.rowsFailed = 2
    #expect(
      JobReport.text(of: job, now: 0).hasSuffix(
        "next:\n  look into /out.errors.jsonl\n  augury jobs retry-failed 7\n"))
  }

  @Test(
    "Of a job that was given up, what is left of it is told once", arguments: [Job.State.failed, .cancelled, .expired])
  func givenUp(state: Job.State) {
    var job = self.job(state)
    job.rowsDone = 5
    job.etaSeconds = 3
    #expect(JobReport.text(of: job, now: 0).contains("5 predictions in /out.jsonl.partial"))
    #expect(!JobReport.text(of: job, now: 0).contains("time left"))
    job.message = "cancelled; the first 5 rows are complete: 5 predictions in '/out.jsonl.partial'"
    let text = JobReport.text(of: job, now: 0)
    #expect(text.components(of: ".partial") == 2)
    #expect(text.hasSuffix("next:\n  submit it again, from the first row\n  augury jobs delete 7\n"))
  }

  @Test("Counts that cannot be do no harm")
  func nonsense() {
    var job = self.job(.running)
    job.rowsByWorker = ["a": .max, "b": .max, "c": -1]
    job.finishBy = .infinity
    job.isLate = true
    job.expiresAt = -1e300
    let text = JobReport.text(of: job, now: 0)
    #expect(text.contains("finish by   -, in -\n") && text.contains("expires     -, - ago\n"))
    #expect(text.contains("a       9,223,372,036,854,775,807    50%"))
  }
}

extension String {
  /// The number of pieces between occurrences of a text.
  fileprivate func components(of separator: String) -> Int {
    self.split(separator: separator, omittingEmptySubsequences: false).count
  }
}
