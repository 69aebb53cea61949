import Foundation
import TesseraJSON
import TesseraModels
import TesseraTensors
import Testing

@Suite struct SamplingTests {
  private struct Cases: Decodable {
    struct Case: Decodable {
      let scores: [Float]
      let temperature: Float
      let topK: Int
      let topP: Float
      let minP: Float?
      let repetitionPenalty: Float
      let kept: [Int]
      let left: [Float]
    }
    let ids: [Int]
    let noRepeatNgramSize: Int
    let cases: [Case]
  }

  private static func cases() throws -> Cases {
    let url = try #require(
      Bundle.module.url(forResource: "Cases/sampling", withExtension: "json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Cases.self, from: Data(contentsOf: url))
  }

  private func settings(_ text: String) throws -> GenerationSettings {
    let config = try Array(text.utf8).withUnsafeBytes {
      try Config($0, file: "generation_config.json")
    }
    return try GenerationSettings(config, allowsSampling: true)
  }

  /// See Tests/reference/sampling.py.
  @Test func `what may be drawn is what transformers leaves`() throws {
    let file = try Self.cases()
    for (number, entry) in file.cases.enumerated() {
      var sampling = Sampling()
      (sampling.temperature, sampling.topK) = (entry.temperature, entry.topK)
      (sampling.topP, sampling.minP) = (entry.topP, entry.minP)
      var settings = GenerationSettings()
      settings.repetitionPenalty = entry.repetitionPenalty
      settings.noRepeatNGramSize = file.noRepeatNgramSize
      var scores = entry.scores
      LogitRules(settings: settings, ends: [0], minimumLength: 0).apply(
        to: &scores, after: file.ids)
      sampling.apply(to: &scores)
      let kept = scores.indices.filter { scores[$0] > -.infinity }
      #expect(kept == entry.kept, "case \(number)")
      for (id, expected) in zip(kept, entry.left) {
        #expect(abs(scores[id] - expected) <= 1e-4, "case \(number), token \(id)")
      }
    }
  }

  @Test func `a seed draws the same tokens again, and in the proportions of their probabilities`()
    throws
  {
    var settings = GenerationSettings()
    settings.isSampling = true
    let logits = Tensor([0, 1, 2, -1], shape: [1, 4])
    func drawn(_ seed: UInt64) throws -> [Int] {
      var chooser = TokenChooser(settings, ends: [], minimumLength: 0, seed: seed)
      return try (0..<20_000).map { _ in try chooser.choose(logits, after: []) }
    }
    let tokens = try drawn(7)
    #expect(try drawn(7) == tokens)
    #expect(try drawn(8) != tokens)
    let weights = [1, exp(1.0), exp(2.0), exp(-1.0)]
    for (id, weight) in weights.enumerated() {
      let expected = weight / weights.reduce(0, +)
      let found = Double(tokens.count { $0 == id }) / Double(tokens.count)
      #expect(abs(found - expected) < 0.015, "token \(id)")
    }
  }

  @Test func `the generator's numbers are SplitMix64's`() {
    // The first ones of seed 1234567, as its authors' program prints them.
    var random = SeededGenerator(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
    #expect(random.next() == 9_817_491_932_198_370_423)
  }

  @Test func `an end, and what is forbidden, are not chosen before their time`() throws {
    var settings = try settings(#"{"bad_words_ids": [[2]], "do_sample": false}"#)
    settings.minimumNewTokens = 0
    let logits = Tensor([0, 3, 9, 5], shape: [1, 4])
    var early = TokenChooser(settings, ends: [3], minimumLength: 2, seed: 0)
    #expect(try early.choose(logits, after: [0]) == 1)
    #expect(try early.choose(logits, after: [0, 1]) == 3)
  }

  @Test func `generation_config.json is read, or refused by name`() throws {
    let settings = try settings(
      #"""
      {"do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.95, "min_p": 0.1,
       "repetition_penalty": 1.05, "eos_token_id": [1, 2], "max_new_tokens": 7, "typical_p": 1.0,
       "stop_strings": ["###"], "transformers_version": "5.0"}
      """#)
    #expect(settings.isSampling && settings.maximumNewTokens == 7 && settings.stops == ["###"])
    #expect(settings.sampling.temperature == 0.6 && settings.sampling.topK == 20)
    #expect(settings.sampling.topP == 0.95 && settings.sampling.minP == 0.1)
    for refused in [
      #"{"typical_p": 0.5}"#, #"{"eta_cutoff": 0.1}"#, #"{"temperature": 0}"#, #"{"top_p": 2}"#,
      #"{"guidance_scale": 2}"#, #"{"bad_words_ids": [[1, 2]]}"#, #"{"suppress_tokens": [1]}"#,
    ] {
      #expect(throws: FieldError.self, "\(refused)") { try self.settings(refused) }
    }
    // Who never draws refuses to, and passes over how.
    let file = "generation_config.json"
    let drawing = try Array(#"{"do_sample": true}"#.utf8).withUnsafeBytes {
      try Config($0, file: file)
    }
    #expect(throws: FieldError.self) { try GenerationSettings(drawing) }
  }
}
