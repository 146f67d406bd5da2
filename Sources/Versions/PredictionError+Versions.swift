import AuguryClient
import Inference
import QueueCore
import Store

extension PredictionError {
  static func invalid(_ reason: String, _ message: String) -> PredictionError {
    PredictionError(.invalidArgument, reason: reason, message: message)
  }

  static func unknownVersion(_ model: String, _ version: String) -> PredictionError {
    PredictionError(.notFound, reason: "UNKNOWN_VERSION", message: "there is no \(model)@\(version)")
  }

  /// What an error of the store means to a client.
  init(_ error: StoreError) {
    let (code, reason): (Code, String) =
      switch error.code {
      case .notFound: (.notFound, "UNKNOWN_VERSION")
      case .digestDiffers: (.alreadyExists, "DIGEST_DIFFERS")
      case .nameTaken: (.alreadyExists, "NAME_TAKEN")
      case .inUse: (.failedPrecondition, "IN_USE")
      case .outdated: (.aborted, "CHANGED_MEANWHILE")
      case .full: (.resourceExhausted, "STORE_FULL")
      case .busy: (.unavailable, "STORE_BUSY")
      case .corrupt: (.dataLoss, "STORE_CORRUPT")
      default: (.internal, "STORE_FAILED")
      }
    self.init(code, reason: reason, message: error.message, cause: error)
  }

  /// What an error about an artifact means to the one who registers it.
  init(_ error: InferenceError) {
    let code = Code(StatusCode(name: error.code.rawValue) ?? .internal)
    self.init(code, reason: "UNUSABLE_ARTIFACT", message: error.message, cause: error)
  }
}

/// Turns the store's errors into those that clients get.
func translated<Value>(
  isolation: isolated (any Actor)? = #isolation, _ body: () async throws(StoreError) -> Value
) async throws(PredictionError) -> Value {
  do throws(StoreError) {
    return try await body()
  } catch {
    throw PredictionError(error)
  }
}
