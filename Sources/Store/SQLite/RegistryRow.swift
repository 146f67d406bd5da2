import Foundation
import GRDB

extension RegisteredVersion {
  /// Reads a row of the table `registered_version`.
  init(row: Row) throws {
    self.init(
      model: try row.decode(forColumn: "model"),
      version: try row.decode(forColumn: "version"),
      path: try row.decode(forColumn: "path"),
      digest: try row.decode(forColumn: "digest"),
      size: UInt64(bitPattern: try row.decode(Int64.self, forColumn: "size")),
      signature: try row.decode(forColumn: "signature"),
      details: VersionDetails(
        stage: try row.decode(forColumn: "stage"),
        description: try row.decode(forColumn: "description"),
        labels: try JSONText.value(try row.decode(forColumn: "labels"), what: "labels"),
        metrics: try JSONText.value(try row.decode(forColumn: "metrics"), what: "metrics")),
      createdAt: try row.decode(forColumn: "created_at"),
      updatedAt: try row.decode(forColumn: "updated_at"))
  }

  /// Writes the row, a new one or the one that is there.
  func save(in database: Database) throws {
    try database.execute(
      sql: """
        INSERT OR REPLACE INTO registered_version (
          model, version, path, digest, size, signature, stage, description, labels, metrics, created_at, updated_at
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        self.model, self.version, self.path, self.digest, Int64(bitPattern: self.size), self.signature,
        self.details.stage, self.details.description, try JSONText.text(self.details.labels),
        try JSONText.text(self.details.metrics), self.createdAt, self.updatedAt,
      ])
  }
}

extension ModelAlias {
  /// Reads a row of the table `model_alias`.
  init(row: Row) throws {
    self.init(
      model: try row.decode(forColumn: "model"), alias: try row.decode(forColumn: "alias"),
      version: try row.decode(forColumn: "version"), setAt: try row.decode(forColumn: "set_at"),
      setBy: try row.decode(forColumn: "set_by"))
  }
}

/// Values without a table of their own, as the store keeps them.
enum JSONText {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Throws ``StoreError`` `corrupt` for a text that no version of this program writes.
  static func value<Value: Decodable>(_ text: String, what: String) throws -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw StoreError(.corrupt, "the \(what) cannot be read: \(text)", cause: error)
    }
  }
}
