/// How what failed together is taken apart until the guilty ones stand alone.
enum Suspects {
  /// Parts of `count` that are to be tried on their own after this error.
  ///
  /// Halves find one among many with few calls. After a time-out sixteenths do with less time: only calls with guilty
  /// ones in them are slow, and sixteenths have fewer levels.
  static func parts(of count: Int, after error: any Error) -> [Range<Int>] {
    var parts = 2
    if case .timedOut = error as? CallStop { parts = 16 }
    return RequestRun.slices(of: count, by: max(1, (count + parts - 1) / parts))
  }
}

extension ComputeJob {
  /// Why the request is not to be tried again after this error of an engine call that it was in; nil if it is.
  func fault(after error: any Error) -> Fault? {
    switch error as? CallStop {
    case .givenUp: .cancelled
    // Time-outs may have taken all the time that there was.
    case .timedOut: self.isExpired ? .expired : nil
    case nil: nil
    }
  }
}
