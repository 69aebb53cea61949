import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the files beside the vocabulary say about a tokenizer: tokenizer_config.json and the older
/// special_tokens_map.json and added_tokens.json.
struct TokenizerConfig {
  static let name = "tokenizer_config.json"

  /// An empty object where the folder has no such file.
  let fields: Field
  private let map: Field
  private let addedTokens: Field
  var tokenizerClass: TokenizerClass

  init(folder: URL) throws {
    fields = try Field(objectIn: folder.appending(path: Self.name))
    map = try Field(objectIn: folder.appending(path: "special_tokens_map.json"))
    addedTokens = try Field(objectIn: folder.appending(path: "added_tokens.json"))
    tokenizerClass = try TokenizerClass(fields, folder: folder)
  }

  /// In tokens, special ones included; nil where the file has none, or the huge number by which
  /// transformers says so.
  func modelMaxLength() throws -> Int? {
    guard let field = try fields.optional("model_max_length") ?? fields.optional("max_len") else {
      return nil
    }
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

  /// The value of a switch; nil where it is absent or null.
  func bool(_ key: String) throws -> Bool? { try fields.optional(key)?.bool() }

  // MARK: Tokens

  /// The roles that transformers knows, in the order in which it adds their tokens.
  static let roles = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// Where `added_tokens_decoder` is there, transformers reads neither of the older files.
  private var isComplete: Bool { (try? fields.optional("added_tokens_decoder")) != nil }

  /// The token for a role such as "pad_token", as a string or as an object.
  ///
  /// Nil where no file has it.
  func specialToken(_ role: String) throws -> Field? {
    let own = try fields.optional(role)
    let older = try map.optional(role)
    return isComplete ? own ?? older : older ?? own
  }

  /// The spelling of a role's token; where no file names it, the class's own.
  func specialTokenContent(_ role: String) throws -> String? {
    guard let field = try specialToken(role) else {
      // A null says that there is none.
      let isNull = try fields.members().contains { $0.key == role }
      return isNull ? nil : tokenizerClass.defaultRoles[role]
    }
    if case .object = field.value { return try field.required("content").string() }
    return try field.string()
  }

  /// The tokens that the files list with their ids, in the order of these.
  func listedTokens() throws -> [AddedToken] {
    if let decoder = try fields.optional("added_tokens_decoder") {
      return try decoder.members().map { member in
        let field = Field(value: member.value, place: decoder.place.key(member.key))
        guard let id = Int(member.key) else {
          throw field.place.inconsistent("the key is not a token id")
        }
        return try field.addedToken(id: id)
      }.sorted { $0.id < $1.id }
    }
    let special = try Set(
      Self.roles.compactMap { try specialTokenContent($0) } + additionalTokens().map(\.content))
    return try addedTokens.members().map { member in
      let field = Field(value: member.value, place: addedTokens.place.key(member.key))
      return AddedToken(
        content: member.key, id: try field.count(), isNormalized: !special.contains(member.key),
        isSpecial: special.contains(member.key))
    }.sorted { $0.id < $1.id }
  }

  /// The special tokens that are to be there whether listed or not: those of the roles, then the
  /// others.
  func specialTokens() throws -> [AddedToken] {
    var tokens: [AddedToken] = []
    for role in Self.roles {
      guard let content = try specialTokenContent(role) else { continue }
      var token = AddedToken(content: content, id: -1)
      token.stripsLeft = role == "mask_token" && tokenizerClass.maskStripsLeft
      if let field = try specialToken(role), case .object = field.value {
        token = try field.addedToken(id: -1)
      }
      token.isSpecial = true
      tokens.append(token)
    }
    return tokens + (try additionalTokens()) + (try extraTokens())
  }

  private func additionalTokens() throws -> [AddedToken] {
    let key = "additional_special_tokens"
    let lists = [try fields.optional(key), isComplete ? nil : try map.optional(key)]
      .compactMap { $0 }
    if lists.isEmpty {
      return tokenizerClass.defaultAdditionalTokens.map {
        AddedToken(content: $0, id: -1, isSpecial: true)
      }
    }
    return try lists.flatMap { try $0.elements() }.map { field in
      guard case .object = field.value else {
        return AddedToken(content: try field.string(), id: -1, isSpecial: true)
      }
      var token = try field.addedToken(id: -1)
      token.isSpecial = true
      return token
    }
  }

  /// transformers 5's name for the same, a list, or an object of roles that the model has alone.
  private func extraTokens() throws -> [AddedToken] {
    guard let field = try fields.optional("extra_special_tokens") else { return [] }
    let values: [Field] =
      if case .object = field.value {
        try field.members().map { Field(value: $0.value, place: field.place.key($0.key)) }
      } else {
        try field.elements()
      }
    return try values.map { value in
      guard case .object = value.value else {
        return AddedToken(content: try value.string(), id: -1, isSpecial: true)
      }
      var token = try value.addedToken(id: -1)
      token.isSpecial = true
      return token
    }
  }
}

extension Field {
  /// The object in a JSON file; an empty one where there is no such file.
  init(objectIn file: URL) throws {
    let place = FilePlace(file: file.lastPathComponent)
    guard file.isPresent else {
      self.init(value: .object([]), place: place)
      return
    }
    self.init(value: try file.readJSON { try $0.readValue() }, place: place)
    _ = try members()
  }
}
