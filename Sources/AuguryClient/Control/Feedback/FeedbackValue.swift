/// What turned out to be true of a prediction: a class, a quantity, or one of these for each of its rows.
public enum FeedbackValue: Hashable, Sendable {
  /// A class by a text.
  case text(String)
  /// A quantity, or a class by a number.
  case number(Double)
  /// A class by a truth value.
  case flag(Bool)
  /// One value a row.
  case rows([FeedbackValue])
}

extension FeedbackValue: Codable {
  /// Reads a JSON text, number, truth value, or array of these. Throws `DecodingError`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .rows(try container.decode([FeedbackValue].self))
    }
  }

  /// Writes it as JSON.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .rows(let rows): try container.encode(rows)
    }
  }
}
