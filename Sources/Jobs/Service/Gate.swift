/// Lets one caller in at a time, in the order of their coming, and across their suspensions.
actor Gate {
  private var isTaken = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  /// Returns once nobody else is inside.
  func enter() async {
    guard self.isTaken else {
      self.isTaken = true
      return
    }
    await withCheckedContinuation { self.waiters.append($0) }
  }

  /// Lets the next one in.
  func leave() {
    guard !self.waiters.isEmpty else {
      self.isTaken = false
      return
    }
    self.waiters.removeFirst().resume()
  }
}
