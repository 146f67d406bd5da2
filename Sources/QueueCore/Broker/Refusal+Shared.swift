extension Refusal {
  /// The one of all refusals with the same words that stands for them, so that they need be written only once.
  ///
  /// A time is told in whole milliseconds, or in tenths of a second; many requests in hundreds. Nil for those whose
  /// words name the request, its worker, or what is known at the moment.
  public var sharedWords: Refusal? {
    switch self {
    case .versionQueueFull, .brokerFull, .memoryFull, .clientFull, .deadlinePassedOnArrival, .expiredInQueue,
      .cancelled, .shuttingDown, .noBulkCredit:
      self
    case .deadlineUnreachable(let version, let estimate):
      .deadlineUnreachable(
        version, estimatedMicroseconds: estimate < 1000 ? estimate : Self.told(estimate / 1000) * 1000)
    case .versionQueueShare(let version, let waiting, let limit):
      .versionQueueShare(version, waiting: Self.told(waiting), limit: limit)
    case .noWorker(let version, let absent):
      .noWorker(version, absentMilliseconds: Self.told(absent))
    case .noWorkerForRoute(let version, let epoch, let absent):
      .noWorkerForRoute(version, epoch: epoch, absentMilliseconds: Self.told(absent))
    case .unknownModel, .unknownVersion, .payloadTooLarge, .expiredAtWorker, .noWorkerForModel, .poisoned:
      nil
    }
  }

  /// What is left of a number of milliseconds or requests once it is told: beyond 1000, whole hundreds.
  static func told<Number: BinaryInteger>(_ number: Number) -> Number {
    number < 1000 ? number : number / 100 * 100
  }
}
