import AuguryClient

/// Failed rows after which a job is given up, as `100` or `0.5%`.
enum ErrorLimitArgument: Equatable {
  case rows(Int)
  case percent(Double)

  /// Throws ``ArgumentError``.
  init(_ text: String) throws(ArgumentError) {
    let expected = ArgumentError("expected a number of rows, as 100, or a share of the rows, as 0.5%")
    if text.hasSuffix("%") {
      let number = text.dropLast()
      guard number.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }), let share = Double(number)
      else { throw expected }
      guard share <= 100 else { throw ArgumentError("a share cannot be more than 100%") }
      self = .percent(share)
    } else {
      guard text.utf8.allSatisfy({ (48...57).contains($0) }), let rows = Int(text) else { throw expected }
      self = .rows(rows)
    }
  }
}

/// A point in time, or a length of time from now.
enum TimeLimitArgument: Equatable {
  case at(Double)
  case after(Duration)

  /// Throws ``ArgumentError``.
  init(_ text: String) throws(ArgumentError) {
    if let length = TimeArgument(argument: text) {
      self = .after(length.duration)
    } else if let seconds = Timestamp.seconds(from: text) {
      self = .at(seconds)
    } else {
      throw ArgumentError("expected a time as 2026-11-25T18:00:00+01:00, or a length of time from now, as 2h")
    }
  }

  /// Seconds since 1970.
  func seconds(now: Double) -> Double {
    switch self {
    case .at(let seconds): seconds
    case .after(let duration): now + duration / .seconds(1)
    }
  }
}

/// A length of time.
enum LengthArgument {
  /// Throws ``ArgumentError``.
  static func parse(_ text: String) throws(ArgumentError) -> TimeArgument {
    guard let length = TimeArgument(argument: text) else {
      throw ArgumentError("expected a length of time, as 90s, 30m, 12h or 7d")
    }
    return length
  }
}

/// States of a job, as `running` or `queued,paused`.
enum StateArgument {
  /// Throws ``ArgumentError`` that lists the states.
  static func parse(_ text: String) throws(ArgumentError) -> [Job.State] {
    var states: [Job.State] = []
    for name in try FieldList.parse(text) {
      guard let state = Job.State(rawValue: name) else {
        let known = Job.State.allCases.map(\.rawValue).joined(separator: ", ")
        throw ArgumentError("there is no state '\(name)'; there are \(known)")
      }
      states.append(state)
    }
    return states
  }
}
