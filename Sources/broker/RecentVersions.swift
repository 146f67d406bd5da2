import Store

/// The versions that were recorded within the last second.
///
/// Workers of a version often come by the hundred. All their records say the same but for the second, and each would
/// be synced to the disk, while events and calls wait and take up room.
struct RecentVersions {
  /// How far the time of a version's last start may be behind.
  static let seconds = 1.0

  /// One a version at most.
  private(set) var records: [ModelVersionRecord] = []

  /// Whether a record adds nothing to one of the last second.
  func covers(_ record: ModelVersionRecord) -> Bool {
    self.records.contains {
      $0.model == record.model && $0.version == record.version && $0.digest == record.digest
        && $0.signature == record.signature && Self.isRecent($0, at: record.lastSeenAt)
    }
  }

  /// A record is in the store now, in place of an earlier one of its version.
  mutating func add(_ record: ModelVersionRecord) {
    self.records.removeAll {
      $0.model == record.model && $0.version == record.version || !Self.isRecent($0, at: record.lastSeenAt)
    }
    self.records.append(record)
  }

  /// The clock may have been set back.
  private static func isRecent(_ record: ModelVersionRecord, at seconds: Double) -> Bool {
    (0..<Self.seconds).contains(seconds - record.lastSeenAt)
  }
}
