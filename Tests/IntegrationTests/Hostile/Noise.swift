import QueueCore

/// Random messages, the same ones for the same seed: some are mere bytes, some begin as the protocol's do.
struct Noise {
  private var random: SplitMix64

  init(seed: UInt64) {
    self.random = SplitMix64(seed: seed)
  }

  /// One to five parts.
  mutating func message(commands: [Command]) -> [[UInt8]] {
    (0..<Int.random(in: 1...5, using: &self.random)).map { _ in self.part(commands) }
  }

  private mutating func part(_ commands: [Command]) -> [UInt8] {
    let tail = (0..<Int.random(in: 0...64, using: &self.random)).map { _ in
      UInt8.random(in: 0...255, using: &self.random)
    }
    guard self.random.chance(oneIn: 2), let command = commands.randomElement(using: &self.random) else { return tail }
    let parts = Int.random(in: 0...3, using: &self.random)
    return Prefix(command, parts: parts, extra: UInt8.random(in: 0...4, using: &self.random)).encoded + tail
  }
}
