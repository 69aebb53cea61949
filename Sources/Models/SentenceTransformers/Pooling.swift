import TesseraJSON
import TesseraTensors

/// How the vectors of a text's tokens become one: [T, C] → [modes · C].
///
/// Several modes stand side by side. The rules are those of sentence-transformers' `Pooling`.
package struct Pooling: Sendable, Equatable {
  package enum Mode: String, Sendable, CaseIterable {
    /// The class token's, which is the first.
    case cls
    /// The largest of each number.
    case max
    /// The mean over all tokens, special ones included.
    case mean
    /// The sum over √T.
    case meanSqrtLen = "mean_sqrt_len_tokens"
    /// The mean, token i weighing i.
    case weightedMean = "weightedmean"
    /// The last token's.
    case lastToken = "lasttoken"

    /// The older spelling, true or false for each.
    fileprivate var key: String {
      switch self {
      case .cls: "pooling_mode_cls_token"
      case .max: "pooling_mode_max_tokens"
      case .mean: "pooling_mode_mean_tokens"
      case .meanSqrtLen: "pooling_mode_mean_sqrt_len_tokens"
      case .weightedMean: "pooling_mode_weightedmean_tokens"
      case .lastToken: "pooling_mode_lasttoken"
      }
    }
  }

  package let modes: [Mode]
  /// Whether the tokens of a prompt take part.
  package let includesPrompt: Bool

  package init(_ modes: [Mode], includesPrompt: Bool = true) {
    precondition(!modes.isEmpty, "a pooling of nothing")
    self.modes = modes
    self.includesPrompt = includesPrompt
  }

  package static let cls = Pooling([.cls])
  package static let mean = Pooling([.mean])
  package static let lastToken = Pooling([.lastToken])

  /// Reads `1_Pooling/config.json`, in either spelling.
  ///
  /// - Throws: `FieldError` for a mode that is not known.
  init(_ config: Config) throws {
    let includesPrompt = try config.optional("include_prompt")?.bool() ?? true
    let switches = try config.field.members().map(\.key).filter { $0.hasPrefix("pooling_mode_") }
      .filter { try config.required($0).bool() }
    if let field = try config.optional("pooling_mode") {
      let modes: [Mode] =
        field.value.array == nil
        ? [try field.choice()] : try field.elements().map { try $0.choice() }
      guard !modes.isEmpty else { throw field.wrongType("one mode or more") }
      self.init(modes, includesPrompt: includesPrompt)
      return
    }
    let keys = Mode.allCases.map(\.key)
    if let unknown = switches.first(where: { !keys.contains($0) }) {
      throw try config.required(unknown).wrongType("no mode but \(keys.joined(separator: ", "))")
    }
    let modes = Mode.allCases.filter { switches.contains($0.key) }
    self.init(modes.isEmpty ? [.mean] : modes, includesPrompt: includesPrompt)
  }

  /// The rows of a text that take part.
  func rows(of input: ModelInput) -> Range<Int> {
    let count = input.ids.count
    return (includesPrompt ? 0 : min(input.promptTokens, count))..<count
  }

  /// The one row that is wanted, if it is one.
  func keptRow(of input: ModelInput) -> Int? {
    let rows = rows(of: input)
    return switch modes {
    // Where a prompt leaves nothing, the reference takes the first token of all.
    case [.cls]: rows.isEmpty ? 0 : rows.lowerBound
    case [.lastToken]: rows.last
    default: nil
    }
  }

  /// [T, C] → [modes · C].
  func callAsFunction(_ tokens: Tensor, of input: ModelInput) -> Tensor {
    let range = rows(of: input)
    let pooled = modes.map { mode in
      let nothing = Tensor(zeros: [tokens.rowWidth])
      return switch mode {
      case .cls: tokens.row(range.isEmpty ? 0 : range.lowerBound)
      case .max: tokens.rows(range).maximumOfRows()
      case .mean: range.isEmpty ? nothing : tokens.rows(range).meanOfRows()
      case .meanSqrtLen:
        tokens.rows(range).sumOfRows(Array(repeating: 1, count: range.count))
          .divided(by: Float(range.count).squareRoot())
      case .weightedMean:
        // A prompt that is left out still counts.
        tokens.rows(range).sumOfRows(range.map { Float($0 + 1) })
          .divided(by: range.reduce(0) { $0 + Float($1 + 1) })
      case .lastToken: range.isEmpty ? nothing : tokens.row(range.upperBound - 1)
      }
    }
    return pooled.count == 1 ? pooled[0] : .concatenating(pooled)
  }
}

extension Tensor {
  /// As the reference divides: by something a little above 0.
  fileprivate func divided(by divisor: Float) -> Tensor {
    Tensor(shape: shape) { out in
      withElements { x in
        for i in x.indices { out[i] = x[i] / Swift.max(divisor, 1e-9) }
      }
    }
  }
}
