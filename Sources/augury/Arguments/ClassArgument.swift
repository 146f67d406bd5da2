import ArgumentParser
import QueueCore

/// How urgent predictions from the command line may be.
enum ClassArgument: String, ExpressibleByArgument, CaseIterable {
  case online
  case batch

  var requestClass: RequestClass {
    switch self {
    case .online: .online
    case .batch: .batch
    }
  }
}
