import AuguryClient
import QueueCore
import Store
import Tensors

/// What a submission is checked against, beyond the file system.
extension JobService {
  /// Throws `ALREADY_EXISTS` if a job that has not ended writes to one of these paths.
  func expectUnclaimed(_ paths: Set<String>) async throws(PredictionError) {
    let unfinished: [JobRecord]
    do throws(StoreError) {
      unfinished = try await self.store.jobs(in: JobRecord.State.unfinished)
    } catch {
      throw PredictionError(error)
    }
    for job in unfinished where !paths.isDisjoint(with: [job.job.output, job.job.errors]) {
      throw .outputInUse(job.job.output, by: "job \(job.id)")
    }
  }

  /// The job that a submission with the same idempotency key made; nil if there is none, or no key.
  ///
  /// Throws `ALREADY_EXISTS` if that submission was another one.
  func job(submittedLike job: NewJob) async throws(PredictionError) -> JobRecord? {
    guard let key = job.options.idempotencyKey else { return nil }
    let known: JobRecord?
    do throws(StoreError) {
      known = try await self.store.job(withKey: key)
    } catch {
      throw PredictionError(error)
    }
    guard let known, !known.job.isSameSubmission(as: job) else { return known }
    throw PredictionError(
      .alreadyExists, reason: "IDEMPOTENCY_KEY_REUSED",
      message: "idempotency key \"\(key)\" belongs to job \(known.id), which was submitted differently")
  }

  /// Throws `NOT_FOUND` if neither the cluster knows the model, or the version that is asked for, nor the store
  /// remembers it. Whether it has a worker now does not matter: the job can wait for one.
  ///
  /// Returns the signature of the version, as its workers announce it, if that is known: of the one that is asked for,
  /// or of the highest.
  func expectKnown(model: String, version: String?) async throws(PredictionError) -> Signature? {
    var known: Set<VersionName> = []
    var signatures: [String: String] = [:]
    do throws(StoreError) {
      for version in try await self.store.versions() {
        known.insert(VersionName(model: version.model, version: version.version))
        if version.model == model { signatures[version.version] = version.signature }
      }
    } catch {
      throw PredictionError(error)
    }
    do throws(PredictionError) {
      for version in try await self.transport.versions() {
        known.insert(VersionName(model: version.model, version: version.version))
      }
    } catch {
      // What the store remembers may be enough.
      guard known.contains(where: { $0.model == model }) else { throw error }
    }
    let versions = known.filter { $0.model == model }.map(\.version).sorted(by: Names.versionPrecedes)
    guard !versions.isEmpty else {
      let models = Set(known.map(\.model)).sorted().joined(separator: ", ")
      throw PredictionError(
        .notFound, reason: "UNKNOWN_MODEL",
        message: "there is no model \"\(model)\"; " + (models.isEmpty ? "none is known yet" : "known are \(models)"))
    }
    guard let version, !versions.contains(version) else {
      return (version ?? versions.last).flatMap { signatures[$0] }.flatMap { Signature(announced: $0) }
    }
    throw PredictionError(
      .notFound, reason: "UNKNOWN_VERSION",
      message: "model \"\(model)\" has no version \"\(version)\"; it has \(versions.joined(separator: ", "))")
  }
}

private struct VersionName: Hashable {
  let model: String
  let version: String
}
