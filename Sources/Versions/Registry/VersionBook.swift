import AuguryClient
import QueueCore
import Store

/// Puts together what is known of versions from where it is known: the registry, what was seen, aliases, workers.
struct VersionBook {
  private struct Key: Hashable {
    var model: String
    var version: String
  }

  private var entries: [Key: ModelVersion] = [:]

  /// The versions, by model, the highest first.
  var versions: [ModelVersion] {
    self.entries.values.sorted { left, right in
      left.model == right.model
        ? Names.versionPrecedes(right.version, left.version) : left.model < right.model
    }
  }

  mutating func add(_ registered: RegisteredVersion) {
    var version = ModelVersion(model: registered.model, version: registered.version, registered: true)
    version.path = registered.path
    version.digest = registered.digest
    version.sizeBytes = Int(clamping: registered.size)
    version.signature = registered.signature.flatMap(Self.signature)
    version.stage = registered.details.stage
    version.description = registered.details.description
    version.labels = registered.details.labels
    version.metrics = registered.details.metrics
    version.createdAt = registered.createdAt
    version.updatedAt = registered.updatedAt
    self.entries[Key(model: registered.model, version: registered.version)] = version
  }

  /// Registered versions come before: what was seen adds to them only what they lack.
  mutating func add(_ seen: ModelVersionRecord) {
    let key = Key(model: seen.model, version: seen.version)
    var version = self.entries[key] ?? ModelVersion(model: seen.model, version: seen.version, registered: false)
    if !version.registered { version.digest = seen.digest }
    if version.digest == seen.digest, version.signature == nil { version.signature = Self.signature(seen.signature) }
    version.firstSeenAt = seen.firstSeenAt
    version.lastSeenAt = seen.lastSeenAt
    self.entries[key] = version
  }

  mutating func add(_ alias: ModelAlias) {
    self.entries[Key(model: alias.model, version: alias.version)]?.aliases.append(alias.alias)
  }

  mutating func add(_ worker: WorkerStatus) {
    self.entries[Key(model: worker.model, version: worker.version)]?.workers += 1
  }

  /// What a worker of another make announces may be anything.
  private static func signature(_ text: String) -> ModelSignature? {
    do throws(PredictionError) {
      return try ControlCoding.decode(ModelSignature.self, from: Array(text.utf8))
    } catch {
      return nil
    }
  }
}
