import Store

/// Where single blocking calls are made, one after the other.
actor Disk {
  private let executor: BlockingExecutor

  nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

  init(label: String) {
    self.executor = BlockingExecutor(label: label)
  }

  func run<Value: Sendable, Failure: Error>(
    _ body: @Sendable () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try body()
  }
}
