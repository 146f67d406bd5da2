public import Logging
public import Store

/// Tells what happens to the jobs of a store, in its order, whoever runs them.
///
/// Events are read from where they are kept, beside the changes they tell of, so none is told that did not happen.
public final class JobEventFeed: Sendable {
  /// The longest time after which an event of another process is noticed.
  public static let interval = Duration.seconds(1)
  private static let batch = 500

  private let store: any MetadataStore
  private let logger: Logger
  private let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation

  /// A feed of this store.
  public init(store: any MetadataStore, logger: Logger) {
    self.store = store
    self.logger = logger
    (self.wakes, self.wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Says that something may have happened, so that nobody has to wait for it.
  public func look() {
    self.wake.yield()
  }

  /// Ends ``run(after:_:)`` once it has told what has happened by now.
  public func stop() {
    self.wake.yield()
    self.wake.finish()
  }

  /// Tells every event after that one, until ``stop()``. To be called once.
  public func run(after start: Int64, _ tell: @Sendable (JobEventRecord) async -> Void) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [wake] in
        while !Task.isCancelled {
          try? await Task.sleep(for: Self.interval)
          wake.yield()
        }
      }
      var last = start
      self.look()
      for await _ in self.wakes {
        do throws(StoreError) {
          while true {
            let events = try await self.store.jobEvents(after: last, limit: Self.batch)
            for event in events {
              await tell(event)
              last = event.sequence
            }
            if events.count < Self.batch { break }
          }
        } catch {
          self.logger.warning("events of jobs cannot be read now", metadata: ["reason": "\(error)"])
        }
      }
      group.cancelAll()
    }
  }
}
