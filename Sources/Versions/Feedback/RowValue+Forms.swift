import AuguryClient
import Store
import Tensors

extension RowValue {
  /// What a model said about a row.
  init(_ value: PredictedValue) {
    switch value {
    case .label(let text): self = .label(text)
    case .number(let number): self = .number(number)
    }
  }

  /// What was true of a row, in the form of what was predicted. Nil if that has no such form.
  init?(_ truth: FeedbackValue, like predicted: RowValue) {
    switch (predicted, truth) {
    case (.number, .number(let number)): self = .number(number)
    case (.label, .text(let text)): self = .label(text)
    case (.label, .flag(let flag)): self = .label("\(flag)")
    case (.label, .number(let number)):
      // Classes by number are whole numbers, in whatever way they are written.
      guard let whole = Int64(exactly: number) else { return nil }
      self = .label("\(whole)")
    case (.number, .text), (.number, .flag), (_, .rows): return nil
    }
  }
}
