import TesseraJSON

extension GenerationSettings {
  private static let counts = 0...1 << 20

  /// Reads a `generation_config.json`.
  ///
  /// What would change an answer and is not computed here is refused by its name, unless it has the
  /// value that leaves the answer alone.
  /// - Parameter allowsSampling: false where tokens are never drawn: settings of drawing are then
  ///   passed over, and that it is done is refused.
  /// - Throws: `FieldError`.
  package init(_ config: Config, allowsSampling: Bool = false) throws {
    self.init()
    for member in try config.field.members() {
      guard let field = try config.optional(member.key) else { continue }
      if try allowsSampling && readSampling(field, member.key) { continue }
      try read(field, member.key)
    }
  }

  /// Reads a setting of drawing, or of where an answer ends; false for others.
  private mutating func readSampling(_ field: Field, _ key: String) throws -> Bool {
    switch key {
    case "do_sample": isSampling = try field.bool()
    case "temperature": sampling.temperature = try field.positive()
    case "top_k": sampling.topK = try field.int(in: Self.counts)
    case "top_p": sampling.topP = try field.fraction()
    case "min_p": sampling.minP = try field.fraction()
    case "stop_strings":
      stops = try field.value.string.map { [$0] } ?? field.elements().map { try $0.string() }
    case "bad_words_ids":
      forbiddenTokens = Set(
        try field.elements().map { word in
          let ids = try word.elements()
          guard ids.count == 1 else {
            throw word.place.unsupported("a forbidden word of \(ids.count) tokens")
          }
          return try ids[0].count()
        })
    case "typical_p", "epsilon_cutoff", "eta_cutoff", "top_h":
      guard field.value.number == (key == "typical_p" ? 1 : 0) else {
        throw field.place.unsupported(
          "this way of drawing; known are temperature, top_k, top_p, min_p")
      }
    default: return false
    }
    return true
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
      repetitionPenalty = try field.positive()
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

extension Field {
  fileprivate func positive() throws -> Float {
    let value = Float(try number())
    guard value > 0, value < .infinity else { throw wrongType("a number above 0") }
    return value
  }

  fileprivate func fraction() throws -> Float {
    let value = Float(try number())
    guard (0...1).contains(value) else { throw wrongType("a number from 0 to 1") }
    return value
  }
}
