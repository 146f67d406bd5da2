extension Refusal {
  /// The one of all refusals with the same words that stands for them, so that they need be written only once.
  ///
  /// A time is told in whole milliseconds, or in tenths of a second. Nil for those whose words name the request, its
  /// worker, or what is known at the moment.
  public var sharedWords: Refusal? {
    switch self {
    case .versionQueueFull, .brokerFull, .memoryFull, .clientFull, .deadlinePassedOnArrival, .expiredInQueue,
      .cancelled, .shuttingDown, .noBulkCredit:
      self
    case .deadlineUnreachable(let version, let estimate):
      .deadlineUnreachable(
        version, estimatedMicroseconds: estimate < 1000 ? estimate : Self.told(milliseconds: estimate / 1000) * 1000)
    case .noWorker(let version, let absent):
      .noWorker(version, absentMilliseconds: Self.told(milliseconds: absent))
    case .noWorkerForRoute(let version, let epoch, let absent):
      .noWorkerForRoute(version, epoch: epoch, absentMilliseconds: Self.told(milliseconds: absent))
    case .unknownModel, .unknownVersion, .payloadTooLarge, .expiredAtWorker, .noWorkerForModel, .poisoned:
      nil
    }
  }

  /// What is left of a time once it is told.
  private static func told(milliseconds: UInt64) -> UInt64 {
    milliseconds < 1000 ? milliseconds : milliseconds / 100 * 100
  }
}
