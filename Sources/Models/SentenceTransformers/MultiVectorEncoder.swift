import TesseraCheckpoints
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// A tower whose tokens' vectors are compared one by one: a text becomes a vector for each token that
/// counts.
struct MultiVectorEncoder<Tower: TextTower>: TokenScoringModel {
  private let tower: Tower
  /// Of Stanford's layout, where it stands among the tower's weights; else the head has it.
  private let projection: Linear?
  private let head: LoadedHead
  private let scored: ScoredTokens

  /// Reads the weights of the head's modules.
  ///
  /// - Parameter weights: the folder's own.
  /// - Throws: `WeightsError`, `FieldError`.
  init(
    _ tower: Tower, _ head: SentenceHead, _ interaction: LateInteraction, _ tokenizer: Tokenizer,
    _ weights: Weights
  ) throws {
    self.tower = tower
    projection = try interaction.stanford?.projection(weights, inputs: tower.width)
    self.head = try head.loaded(width: projection?.outputs ?? tower.width)
    scored = ScoredTokens(interaction, tokenizer)
  }

  var dimension: Int { head.dimension }
  var outputKinds: OutputKinds { .colbert }

  func scoredRows(of input: ModelInput) -> [Int] { scored.rows(of: input) }

  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let (hidden, sequences) = try tower(inputs, trace: trace)
    let projected = projection.map { trace.pass($0.path, $0(hidden)) } ?? hidden
    let vectors = head.tokens(projected, trace: trace)  // [T, C′]
    return zip(inputs, sequences.ranges).map { input, range in
      var output = ModelOutput()
      output.tokenVectors = vectors.rows(at: scoredRows(of: input).map { range.lowerBound + $0 })
      return output
    }
  }
}

/// Which tokens get a vector.
private struct ScoredTokens: Sendable {
  private let skippedIDs: Set<Int>
  private let skippingTasks: Set<TextTask>
  private let keptIDs: Set<Int>?

  init(_ interaction: LateInteraction, _ tokenizer: Tokenizer) {
    let words = interaction.skippedWords
    skippedIDs =
      if interaction.stanford != nil {
        Set(words.compactMap { tokenizer.encode($0, addSpecialTokens: false).ids.first })
          .union(tokenizer.specialTokens.padID.map { [$0] } ?? [])
      } else {
        // A word that the vocabulary lacks skips nothing; the unknown token stands for others too.
        Set(words.compactMap(tokenizer.id))
      }
    skippingTasks = interaction.skippingTasks
    keptIDs = interaction.keptIDs
  }

  func rows(of input: ModelInput) -> [Int] {
    let isSkipping = skippingTasks.contains(input.task ?? .document)
    return input.ids.indices.filter { row in
      let id = input.ids[row]
      if isSkipping, skippedIDs.contains(id) { return false }
      return input.task == .query || keptIDs?.contains(id) ?? true
    }
  }
}
