import AuguryClient
import Testing

@testable import augury

@Suite("Batch jobs in words")
struct JobDisplayTests {
  private func job(_ state: Job.State, done: Int = 0, failed: Int = 0, bytes: Int = 0, eta: Double? = nil) -> Job {
    Job(
      id: "7", model: "digits", version: "2", input: "/in", output: "/out", errors: "/err", state: state,
      batchSize: 256, rowsDone: done, rowsFailed: failed, bytesDone: bytes, bytesTotal: 1000,
      rowsPerSecond: Double(done), etaSeconds: eta, createdAt: 100)
  }

  @Test("A line has the state, the share, the rows, the failures if any, the rate and the time left if known")
  func line() {
    #expect(
      JobText.line(for: self.job(.running, done: 48_120, failed: 2, bytes: 481, eta: 4))
        == "job 7 running  48%  48,120 rows  2 failed  48,120 rows/s  ETA 4.0 s")
    #expect(JobText.line(for: self.job(.queued)) == "job 7 queued  0%  0 rows  0 rows/s")
    #expect(
      JobText.line(for: self.job(.succeeded, done: 5, bytes: 999, eta: 1))
        == "job 7 succeeded  100%  5 rows  5.0 rows/s")
  }

  @Test("What a job says of itself stands at the line's end until it has ended, and so does that it will be late")
  func remarks() {
    var job = self.job(.paused, done: 5, bytes: 500)
    job.message = "no space left on\nthe disk of '/out'"
    job.isLate = true
    #expect(
      JobText.line(for: job)
        == "job 7 paused  50%  5 rows  5.0 rows/s  will be late  (no space left on the disk of '/out')")
    #expect(JobText.bar(for: job, columns: 200).hasSuffix("  will be late  (no space left on the disk of '/out')"))
    #expect(JobText.state(of: job) == "job 7 paused: no space left on the disk of '/out'")
    job.state = .failed
    #expect(JobText.line(for: job) == "job 7 failed  50%  5 rows  5.0 rows/s")
    #expect(JobText.state(of: self.job(.queued)) == "job 7 queued")
  }

  @Test("A job of an empty input, or of one that has shrunk or grown, has a share all the same")
  func fractions() {
    var job = self.job(.running, bytes: 5000)
    #expect(JobText.fraction(of: job) == 1)
    job.bytesDone = -1
    #expect(JobText.fraction(of: job) == 0)
    job.bytesTotal = 0
    #expect(JobText.fraction(of: job) == 0)
    job.state = .succeeded
    #expect(JobText.fraction(of: job) == 1)
  }

  @Test("The bar is full only when everything is done, and empty only at the beginning of it")
  func progress() {
    #expect(JobText.progress(0, width: 8) == "--------")
    #expect(JobText.progress(0.5, width: 8) == "####----")
    #expect(JobText.progress(0.999, width: 8) == "#######-")
    #expect(JobText.progress(1, width: 8) == "########")
    #expect(JobText.progress(7, width: 8) == "########")
    #expect(JobText.progress(-7, width: 8) == "--------")
  }

  @Test(
    "The bar's line fits the terminal, with the bar as long as there is room", arguments: [0, 10, 40, 60, 80, 100, 300])
  func barFits(columns: Int) {
    let line = JobText.bar(for: self.job(.running, done: 1000, failed: 3, bytes: 250, eta: 9), columns: columns)
    #expect(line.count <= columns)
    #expect(line.contains("[") == (columns > 60))
    if columns == 300 { #expect(line.contains("[##########------------------------------]")) }
  }

  @Test("On a terminal every look is written over the last, and the end closes the line")
  func bar() throws {
    var display = JobDisplay(.bar)
    let running = self.job(.running, bytes: 500)
    let first = try #require(try display.show(running, at: .zero, columns: 100))
    #expect(first.hasPrefix("\rjob 7 running  [") && first.hasSuffix("\u{1B}[K"))
    #expect(try display.show(running, at: .milliseconds(200), columns: 100) == first)
    #expect(display.interrupt() == "\n")
    #expect(display.interrupt() == nil)
    let last = try #require(try display.show(self.job(.succeeded), at: .seconds(1), columns: 100))
    #expect(last.hasSuffix("\u{1B}[K\n"))
    #expect(display.interrupt() == nil)
  }

  @Test("Elsewhere there is a line at each change: of the state at once, of the share at most once a second")
  func lines() throws {
    var display = JobDisplay(.lines)
    var shown: [Int] = []
    func look(_ job: Job, _ time: Int) throws {
      if try display.show(job, at: .milliseconds(time), columns: 80) != nil { shown.append(time) }
    }
    try look(self.job(.queued), 0)
    try look(self.job(.queued), 200)
    try look(self.job(.running), 400)
    try look(self.job(.running, done: 1, bytes: 19), 1399)
    try look(self.job(.running, done: 1, bytes: 19), 1400)
    try look(self.job(.running, done: 2, bytes: 19), 9000)
    try look(self.job(.running, done: 3, bytes: 20), 9001)
    try look(self.job(.running, done: 9, bytes: 300), 9900)
    var late = self.job(.running, done: 9, bytes: 300)
    late.isLate = true
    try look(late, 9901)
    try look(late, 20_000)
    var waiting = late
    waiting.message = "waiting for a worker that serves digits@2"
    try look(waiting, 20_100)
    try look(waiting, 30_000)
    try look(self.job(.running, done: 9, failed: 1, bytes: 300), 30_001)
    try look(self.job(.finalizing, done: 9, failed: 1, bytes: 300), 30_002)
    try look(self.job(.succeeded, done: 9, failed: 1, bytes: 1000), 30_003)
    #expect(shown == [0, 400, 1400, 9001, 9901, 20_100, 30_001, 30_002, 30_003])
    #expect(display.interrupt() == nil)
  }

  @Test("For programs there is an object at each change of anything")
  func json() throws {
    var display = JobDisplay(.json)
    let text = try display.show(self.job(.running, done: 1), at: .zero, columns: 80)
    #expect(text?.hasPrefix("{\"batch_size\":256,") == true && text?.hasSuffix("}\n") == true)
    #expect(try display.show(self.job(.running, done: 1), at: .seconds(9), columns: 80) == nil)
    #expect(try display.show(self.job(.running, done: 2), at: .seconds(9), columns: 80) != nil)
  }

  @Test("A job that ends well with every row is a success, anything else is partial")
  func status() {
    #expect(JobWatch.status(of: self.job(.succeeded, done: 5)) == .success)
    #expect(JobWatch.status(of: self.job(.succeeded, done: 5, failed: 1)) == .partial)
    #expect(JobWatch.status(of: self.job(.failed)) == .partial)
    #expect(JobWatch.status(of: self.job(.cancelled)) == .partial)
    #expect(JobWatch.status(of: self.job(.expired, done: 5)) == .partial)
  }

  @Test("The list has a line for each job, and says so when there is none")
  func table() {
    #expect(JobText.table(of: [], now: 0) == "no jobs\n")
    let table = JobText.table(of: [self.job(.running, done: 12, bytes: 250), self.job(.queued)], now: 160)
    #expect(
      table == """
        JOB  STATE    MODEL     DONE  ROWS  FAILED         RATE  LEFT    AGE  OUTPUT
        7    running  digits@2   25%    12       0  12.0 rows/s     -  1m00s  /out
        7    queued   digits@2    0%     0       0     0 rows/s     -  1m00s  /out

        """)
  }

  @Test("Priorities and labels have a column where a job has some, and a job that will be late is marked")
  func fullTable() {
    var urgent = self.job(.running, done: 1000, failed: 2, bytes: 250, eta: 62)
    urgent.priority = 10
    urgent.isLate = true
    urgent.labels = ["team": "fraud", "run": "a\nb"]
    #expect(
      JobText.table(of: [self.job(.cancelled, eta: 5), urgent], now: 160) == """
        JOB  STATE          MODEL     PRIORITY  DONE   ROWS  FAILED          RATE   LEFT    AGE  \
        LABELS               OUTPUT
        7    cancelled      digits@2         0    0%      0       0      0 rows/s      -  1m00s  \
                             /out
        7    running, late  digits@2        10   25%  1,000       2  1,000 rows/s  1m02s  1m00s  \
        run=a b, team=fraud  /out

        """)
  }
}
