import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// A tower whose tokens' vectors are compared one by one: a text becomes a vector for each token that
/// counts.
struct MultiVectorEncoder<Tower: TextTower>: EmbeddingModel {
  private let tower: Tower
  private let head: LoadedHead
  private let scored: ScoredTokens

  /// Reads the weights of the head's modules.
  ///
  /// - Throws: `WeightsError`, `FieldError`.
  init(
    _ tower: Tower, _ head: SentenceHead, _ interaction: LateInteraction, _ tokenizer: Tokenizer
  ) throws {
    self.tower = tower
    self.head = try head.loaded(width: tower.width)
    scored = ScoredTokens(interaction, tokenizer)
  }

  var dimension: Int { head.dimension }
  var outputKinds: OutputKinds { .colbert }

  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let (hidden, sequences) = try tower(inputs, trace: trace)
    let vectors = head.tokens(hidden, trace: trace)  // [T, C′]
    return zip(inputs, sequences.ranges).map { input, range in
      var output = ModelOutput()
      output.tokenVectors = vectors.rows(at: scored.rows(of: input).map { range.lowerBound + $0 })
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
    // A word that the vocabulary lacks skips nothing; the unknown token stands for others too.
    skippedIDs = Set(interaction.skippedWords.compactMap(tokenizer.id))
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
