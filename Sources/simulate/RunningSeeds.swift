import Glibc
import Synchronization

/// The seeds that are being run, where a signal handler can find them.
enum RunningSeeds {
  /// How many there may be.
  static let capacity = 16

  private static let slots = Slots()

  static func begin(_ seed: UInt64) {
    for index in 0..<Self.capacity
    where self.slots.seeds[index].compareExchange(expected: .max, desired: seed, ordering: .relaxed).exchanged {
      return
    }
  }

  static func end(_ seed: UInt64) {
    for index in 0..<Self.capacity
    where self.slots.seeds[index].compareExchange(expected: seed, desired: .max, ordering: .relaxed).exchanged {
      return
    }
  }

  /// Has the seeds printed when the core contradicts itself, which is a trap.
  static func printWhenTrapped() {
    // The slots must be there before the handler looks at them.
    _ = self.slots.seeds[0].load(ordering: .relaxed)
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGABRT] {
      signal(number) { number in
        RunningSeeds.write()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  /// Writes without allocating: nothing else is safe in a signal handler.
  private static func write() {
    for index in 0..<Self.capacity {
      var rest = self.slots.seeds[index].load(ordering: .relaxed)
      guard rest != .max else { continue }
      var line: InlineArray<64, UInt8> = .init(repeating: UInt8(ascii: " "))
      var end = 63
      line[end] = UInt8(ascii: "\n")
      repeat {
        end -= 1
        line[end] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      Self.write("trapped while running: simulate --seed ")
      line.span.extracting(end...).withUnsafeBytes { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
  }

  private static func write(_ text: StaticString) {
    _ = Glibc.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }

  private final class Slots: Sendable {
    let seeds: InlineArray<16, Atomic<UInt64>>

    init() {
      self.seeds = InlineArray { _ in Atomic(.max) }
    }
  }
}
