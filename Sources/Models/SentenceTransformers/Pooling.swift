import TesseraJSON

/// How the vectors of a text's tokens become one: [T, C] → [C].
package enum Pooling: String, Sendable, CaseIterable {
  /// The class token's.
  case cls
  /// The mean over all tokens, special ones included.
  case mean

  /// Reads `1_Pooling/config.json`.
  ///
  /// - Throws: `FieldError` for a mode that is not known, or several.
  init(_ config: Config, at file: String) throws {
    let place = FilePlace(file: file)
    let prefix = "pooling_mode_"
    let switches = try config.field.members().map(\.key).filter { $0.hasPrefix(prefix) }
      .filter { try config.required($0).bool() }
      .map { String($0.dropFirst(prefix.count)) }
    // The newer spelling, one key for all.
    let modes = try config.optional("pooling_mode").map { [try $0.string()] } ?? switches
    guard try config.optional("include_prompt")?.bool() ?? true else {
      throw place.key("include_prompt").wrongType(expected: "true", found: "false")
    }
    switch modes {
    case ["cls_token"], ["cls"]: self = .cls
    case ["mean_tokens"], ["mean"]: self = .mean
    default:
      throw place.key("pooling_mode").wrongType(
        expected: "cls_token or mean_tokens",
        found: modes.isEmpty ? "none" : modes.sorted().joined(separator: " + "))
    }
  }
}
