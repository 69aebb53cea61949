import Foundation
import TesseraFiles
import TesseraJSON
import TesseraModels
import TesseraTemplates
import TesseraTokenizers

/// How a folder makes a prompt of a conversation.
package struct ChatPrompt: Sendable {
  private let template: Template
  private let tokens: [JSONValue.Member]
  /// Whether a turn's content is a list of parts, as models that see pictures have it.
  private let hasParts: Bool
  /// Whether the template's text speaks of parts, as sentence-transformers finds out.
  package let namesParts: Bool
  /// The file, or the place in one.
  package var name: String { template.name }

  /// - Throws: `TemplateError`, `FieldError`, `FileError`, `NoTemplate`.
  package init(_ folder: ModelFiles, _ tokenizer: Tokenizer, hasParts: Bool) throws {
    guard let source = try Self.source(folder) else { throw NoTemplate() }
    template = try Template(source.text, name: source.name)
    namesParts = Self.partNames.contains { source.text.contains($0) }
    self.hasParts = hasParts
    tokens = try Self.tokens(folder, tokenizer)
  }

  /// Whether a folder has one.
  ///
  /// - Throws: `FieldError`, `FileError`.
  static func isTemplate(in folder: ModelFiles) throws -> Bool { try source(folder) != nil }

  struct NoTemplate: Error, CustomStringConvertible {
    var description: String {
      "the folder has no chat template: neither chat_template.jinja, nor chat_template.json, nor one"
        + " in tokenizer_config.json"
    }
  }

  /// - Throws: `TemplateError`.
  package func text(
    _ messages: [ChatMessage], asksForAnswer: Bool = true, at date: Date = Date()
  ) throws -> String {
    try text(messages.map(value), asksForAnswer: asksForAnswer, at: date)
  }

  /// The text of turns of words, whose roles need not be a conversation's.
  ///
  /// - Throws: `TemplateError`.
  package func text(of turns: [(role: String, words: String)]) throws -> String {
    try text(
      turns.map { Self.turn($0.role, .string($0.words)) }, asksForAnswer: false, at: Date())
  }

  private func text(
    _ messages: [JSONValue], asksForAnswer: Bool, at date: Date
  ) throws -> String {
    try template.text(
      tokens + [
        .init(key: "messages", value: .array(messages)),
        .init(key: "tools", value: .null), .init(key: "documents", value: .null),
        .init(key: "add_generation_prompt", value: .bool(asksForAnswer)),
      ], at: date)
  }

  private static func turn(_ role: String, _ content: JSONValue) -> JSONValue {
    .object([
      .init(key: "role", value: .string(role)), .init(key: "content", value: content),
    ])
  }

  private func value(of message: ChatMessage) -> JSONValue {
    let content: JSONValue
    if hasParts {
      content = .array(
        message.parts.map { part in
          switch part {
          case .text(let text):
            .object([
              .init(key: "type", value: .string("text")), .init(key: "text", value: .string(text)),
            ])
          case .image: .object([.init(key: "type", value: .string("image"))])
          }
        })
    } else {
      content = .string(
        message.parts.map { if case .text(let text) = $0 { text } else { "" } }.joined())
    }
    return Self.turn(message.role.rawValue, content)
  }

  // MARK: Reading

  private static let partNames = [
    "content[0]", ".type", "'type'", "\"type\"", "message.content[",
  ]

  /// In transformers' order: what the processor's files say comes before the tokenizer's.
  private static func source(_ folder: ModelFiles) throws -> (text: String, name: String)? {
    for file in ["processor_config.json", "chat_template.json"] {
      if let field = try folder.config(ifPresent: file)?.optional("chat_template") {
        return try source(field)
      }
    }
    let file = folder.transformerFolder.appending(path: "chat_template.jinja")
    if FileManager.default.fileExists(atPath: file.path) {
      let mapped = try MappedFile(file.path)
      let text = withExtendedLifetime(mapped) { String(validating: mapped.bytes, as: UTF8.self) }
      guard let text else {
        throw FilePlace(file: file.lastPathComponent).inconsistent("the text is not UTF-8")
      }
      return (text, file.lastPathComponent)
    }
    return try folder.config(ifPresent: "tokenizer_config.json")?.optional("chat_template")
      .map { try source($0) }
  }

  /// A template, or several with names, of which the one called default is used.
  private static func source(_ field: Field) throws -> (text: String, name: String) {
    let name = "\(field.place.file): \(field.place.path)"
    if let text = field.value.string { return (text, name) }
    let named = try field.elements()
    guard let entry = try named.first(where: { try $0.required("name").string() == "default" })
    else {
      let names = try named.map { try $0.required("name").string() }
      throw field.place.unsupported(
        "a list of templates without one called default (\(names.joined(separator: ", ")))")
    }
    return (try entry.required("template").string(), name)
  }

  /// Special tokens that templates read by their parts' names.
  private static func tokens(
    _ folder: ModelFiles, _ tokenizer: Tokenizer
  ) throws -> [JSONValue.Member] {
    let special = tokenizer.specialTokens
    var members: [JSONValue.Member] = [
      ("bos_token", special.bosID), ("eos_token", special.eosID), ("unk_token", special.unknownID),
      ("sep_token", special.sepID), ("pad_token", special.padID), ("cls_token", special.clsID),
      ("mask_token", special.maskID),
    ].compactMap { name, id in
      id.flatMap(tokenizer.token).map { .init(key: name, value: .string($0)) }
    }
    let config = try folder.config(ifPresent: "tokenizer_config.json")
    guard let extra = try config?.optional("extra_special_tokens"),
      case .object(let named) = extra.value
    else { return members }
    for member in named {
      if let text = member.value.string ?? member.value["content"]?.string {
        members.append(.init(key: member.key, value: .string(text)))
      }
    }
    return members
  }
}
