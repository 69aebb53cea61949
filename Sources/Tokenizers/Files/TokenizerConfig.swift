import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What tokenizer_config.json and special_tokens_map.json say about a tokenizer: which token plays
/// which part, and, where there is no tokenizer.json, how to build one.
struct TokenizerConfig {
  static let name = "tokenizer_config.json"
  static let mapName = "special_tokens_map.json"

  /// An empty object where the folder has no such file.
  let fields: Field
  private let map: Field

  init(folder: URL) throws {
    fields = try Self.read(folder.appending(path: Self.name))
    map = try Self.read(folder.appending(path: Self.mapName))
  }

  private static func read(_ file: URL) throws -> Field {
    let place = FilePlace(file: file.lastPathComponent)
    guard file.isPresent else {
      return Field(value: .object([]), place: place)
    }
    let field = Field(value: try file.readJSON { try $0.readValue() }, place: place)
    _ = try field.members()
    return field
  }

  /// In tokens, special ones included; nil where the file has none, or the huge number by which
  /// transformers says so.
  func modelMaxLength() throws -> Int? {
    guard let field = try fields.optional("model_max_length") else { return nil }
    guard let number = field.value.number else { throw field.wrongType("a number") }
    if number > Double(Int32.max) { return nil }
    return try field.count()
  }

  /// Nil where the file does not say.
  func truncationSide() throws -> TextSide? {
    guard let field = try fields.optional("truncation_side") else { return nil }
    switch try field.string() {
    case "left": return .left
    case "right": return .right
    default: throw field.wrongType("\"left\" or \"right\"")
    }
  }

  /// The token for a role such as "pad_token", as a string or as an object.
  func specialToken(_ role: String) throws -> Field? {
    try fields.optional(role) ?? map.optional(role)
  }

  func specialTokenContent(_ role: String) throws -> String? {
    guard let field = try specialToken(role) else { return nil }
    if case .object = field.value { return try field.required("content").string() }
    return try field.string()
  }

  /// The roles that transformers knows, in the order in which it adds their tokens.
  static let roles = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// The value of a switch; nil where it is absent or null.
  func bool(_ key: String) throws -> Bool? { try fields.optional(key)?.bool() }

  /// Adds the tokens of `added_tokens_decoder`, then those of the roles that are still missing.
  /// - Parameters:
  ///   - parts: Receives the tokens.
  ///   - isNormalized: Whether a role's token that is only a string matches in normalized text.
  /// - Throws: `TokenizerError`.
  func addTokens(to parts: inout TokenizerParts, isNormalized: Bool) throws {
    if let decoder = try fields.optional("added_tokens_decoder") {
      let entries = try decoder.members().map { member in
        let field = Field(value: member.value, place: decoder.place.key(member.key))
        guard let id = Int(member.key) else {
          throw field.place.inconsistent("the key is not a token id")
        }
        return try field.addedToken(id: id)
      }
      for token in entries.sorted(by: { $0.id < $1.id }) { try parts.add(token, at: decoder.place) }
    }
    for role in Self.roles {
      guard let content = try specialTokenContent(role) ?? parts.defaultRoles[role],
        parts.addedIDs[Array(content.utf8)] == nil
      else { continue }
      let id = parts.id(content) ?? parts.nextID
      var token = AddedToken(content: content, id: id, isNormalized: isNormalized)
      if let field = try specialToken(role), case .object = field.value {
        token = try field.addedToken(id: id)
      }
      token.isSpecial = true
      try parts.add(token, at: fields.place.key(role))
    }
  }
}
