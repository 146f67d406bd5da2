import QueueCore
import Testing

/// Whatever breaks on the way, a job's files are in the end what they would have been without.
struct JobFaultTests {
  private static let seeds: UInt64 = 1000

  @Test func aJobThatCrashesAnywhereEndsAsIfItHadNot() {
    var crashes = 0
    var rejections = 0
    for seed in 0..<Self.seeds {
      var world = JobWorld(seed: seed)
      world.runToTheEnd()
      crashes += world.crashes
      rejections += world.job.guilty.count
      guard Self.isAsExpected(world) else {
        Issue.record("seed \(seed): expected \(world.job.expected), found \(world.disk)")
        return
      }
    }
    // The worlds did hold what they are for.
    #expect(crashes > 5 * Self.seeds)
    #expect(rejections > Self.seeds)
  }

  private static func isAsExpected(_ world: JobWorld) -> Bool {
    let expected = world.job.expected
    return world.disk[.output]?.text == expected.output
      && (world.disk[.errors]?.text ?? "") == expected.errors
      && (world.disk[.errors] != nil) == !expected.errors.isEmpty
      && world.disk[.partialOutput] == nil && world.disk[.partialErrors] == nil
  }
}
