import Foundation
import TesseraJSON
import TesseraModels

/// What transformers does to a decoded text where `clean_up_tokenization_spaces` in
/// `tokenizer_config.json` says so: spaces before punctuation go.
///
/// It spares tokenizers of BPE's kind, with which no model here writes yet.
package struct SpaceCleanUp: Sendable {
  private let isOn: Bool

  /// - Throws: `FieldError`, naming the file and the key.
  package init(_ folder: ModelFiles) throws {
    let config = try folder.config(ifPresent: "tokenizer_config.json")
    self.init(isOn: try config?.optional("clean_up_tokenization_spaces")?.bool() ?? false)
  }

  package init(isOn: Bool) { self.isOn = isOn }

  /// In the reference's order, one after the other.
  private static let replacements = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"),
    (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  package func callAsFunction(_ text: String) -> String {
    guard isOn else { return text }
    return Self.replacements.reduce(text) {
      $0.replacingOccurrences(of: $1.0, with: $1.1, options: .literal)
    }
  }
}
