import ArgumentParser
import Foundation
import TesseraEmbedders

/// Options of how an answer is chosen.
struct ChatSettings: CheckedArguments {
  @Option(
    parsing: .unconditional,
    help: "Tokens of an answer at most; what the model's generation_config.json says, or else 512.")
  var maxNewTokens: Int?
  @Option(
    parsing: .unconditional,
    help: """
      What scores are divided by before a token is drawn; 0 takes the likeliest each time. Without it \
      the folder says whether tokens are drawn, unless one of the next three does.
      """)
  var temperature: Float?
  @Option(
    parsing: .unconditional,
    help:
      "Draw among the fewest of the likeliest tokens that have this much of all probability, 0 to 1."
  )
  var topP: Float?
  @Option(parsing: .unconditional, help: "Draw among the likeliest so many tokens; 0 for all.")
  var topK: Int?
  @Option(
    parsing: .unconditional,
    help: "Draw among tokens with at least this part of the likeliest one's probability, 0 to 1.")
  var minP: Float?
  @Option(
    parsing: .unconditional,
    help:
      "What scores of tokens that occurred are divided by; 1 for none. These settings are the folder's by default."
  )
  var repetitionPenalty: Float?
  @Option(
    help: "The same seed draws the same answer; by default another each time, which a row tells.")
  var seed: UInt64?
  @Option(
    parsing: .unconditionalSingleValue,
    help: "A text at which an answer ends; may be repeated.")
  var stop: [String] = []

  func check() throws {
    if let maxNewTokens, maxNewTokens <= 0 {
      throw ValidationError("--max-new-tokens is \(maxNewTokens); expected a positive number.")
    }
    if let topK, topK < 0 { throw ValidationError("--top-k is \(topK); expected 0 or more.") }
    for (name, value, range) in [
      ("--temperature", temperature, 0...1000), ("--top-p", topP, 0...1), ("--min-p", minP, 0...1),
      ("--repetition-penalty", repetitionPenalty, Float.leastNormalMagnitude...1000),
    ] {
      guard let value, !range.contains(value) else { continue }
      let least = range.contains(0) ? "from 0" : "above 0 and up"
      throw ValidationError(
        "\(name) is \(value); expected a number \(least) to \(Int(range.upperBound)).")
    }
    if temperature == 0, topP != nil || topK != nil || minP != nil {
      throw ValidationError(
        "--top-p, --top-k and --min-p are for tokens that are drawn: not with --temperature 0.")
    }
    if stop.contains("") { throw ValidationError("--stop is empty.") }
  }

  var options: ChatOptions {
    ChatOptions(
      maxNewTokens: maxNewTokens, temperature: temperature, topP: topP, topK: topK, minP: minP,
      repetitionPenalty: repetitionPenalty, seed: seed, stops: stop)
  }
}

extension ModelOptions {
  /// Lays out the kernels, and loads a model that chats.
  func loadChat() throws -> LocalChat {
    chooseKernels()
    let chat = try LocalChat(
      modelFolder: model.folder(),
      options: .init(maximumPixels: maxPixels, pixels: pixels, precision: precision))
    chat.notes.forEach(StandardError.note)
    return chat
  }
}
