import TesseraJSON

extension GenerationSettings {
  private static let counts = 0...1 << 20

  /// Reads a `generation_config.json`.
  ///
  /// What would change an answer and is not computed here is refused by its name, unless it has the
  /// value that leaves the answer alone.
  /// - Throws: `FieldError`.
  package init(_ config: Config) throws {
    self.init()
    for member in try config.field.members() {
      guard let field = try config.optional(member.key) else { continue }
      try read(field, member.key)
    }
  }

  private mutating func read(_ field: Field, _ key: String) throws {
    switch key {
    case "max_length": maximumLength = try field.int(in: 1...Self.counts.upperBound)
    case "max_new_tokens": maximumNewTokens = try field.int(in: 1...Self.counts.upperBound)
    case "min_length": minimumLength = try field.int(in: Self.counts)
    case "min_new_tokens": minimumNewTokens = try field.int(in: Self.counts)
    case "num_beams": beams = try field.int(in: 1...Self.maximumBeams)
    case "early_stopping": earlyStopping = try Self.earlyStopping(field)
    case "length_penalty": lengthPenalty = try field.number()
    case "repetition_penalty":
      let penalty = Float(try field.number())
      guard penalty > 0, penalty < .infinity else { throw field.wrongType("a number above 0") }
      repetitionPenalty = penalty
    case "no_repeat_ngram_size": noRepeatNGramSize = try field.int(in: Self.counts)
    default:
      guard !Self.isHarmless(key), !Self.isNeutral(field, key) else { return }
      throw field.place.unsupported(
        "this setting, which would change the text; known are max_length, max_new_tokens,"
          + " min_length, min_new_tokens, num_beams, early_stopping, length_penalty,"
          + " repetition_penalty, no_repeat_ngram_size")
    }
  }

  package static let maximumBeams = 64

  private static func earlyStopping(_ field: Field) throws -> EarlyStopping {
    if let isEarly = field.value.bool {
      return isEarly ? .whenEnoughAreFinished : .whenNoneCanImprove
    }
    guard field.value.string == "never" else { throw field.wrongType("true, false or \"never\"") }
    return .whenCertain
  }

  /// What says how tensors are handed around, what is kept, which tokens are which (a family's own
  /// config says that), or how one draws, which nobody does here.
  private static func isHarmless(_ key: String) -> Bool {
    harmless.contains(key) || key.hasPrefix("_") || key.hasPrefix("output_")
      || key.hasPrefix("assistant_")
  }

  private static let harmless: Set = [
    "transformers_version", "bos_token_id", "eos_token_id", "pad_token_id", "use_cache",
    "decoder_start_token_id", "return_dict_in_generate", "cache_implementation", "cache_config",
    "max_cache_len", "return_legacy_cache", "compile_config", "disable_compile", "low_memory",
    "num_assistant_tokens", "num_assistant_tokens_schedule", "prompt_lookup_num_tokens",
    "max_matching_ngram_size", "target_lookbehind", "prefill_chunk_size", "is_assistant",
    "temperature", "top_k", "top_p", "min_p", "top_h", "typical_p", "epsilon_cutoff", "eta_cutoff",
  ]

  /// Values that change nothing, of settings that are not computed here.
  private static func isNeutral(_ field: Field, _ key: String) -> Bool {
    switch field.value {
    case .bool(let value): !value
    case .array(let values): values.isEmpty
    case .number(let value): value == neutral[key]
    default: false
    }
  }

  private static let neutral: [String: Double] = [
    "num_return_sequences": 1, "num_beam_groups": 1, "diversity_penalty": 0,
    "encoder_repetition_penalty": 1, "encoder_no_repeat_ngram_size": 0, "guidance_scale": 1,
    "penalty_alpha": 0,
  ]
}
