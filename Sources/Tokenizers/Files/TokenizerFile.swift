import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Hugging Face's tokenizer.json: one file with the whole pipeline.
enum TokenizerFile {
  static let name = "tokenizer.json"

  static func read(_ file: URL) throws -> TokenizerParts {
    let top = FilePlace(file: file.lastPathComponent)
    return try file.readJSON { json in
      var model: ModelReader?
      var members: [JSONValue.Member] = []
      try json.readObject { key, json in
        if key == "model" {
          guard model == nil else { throw top.key(key).inconsistent("stands twice") }
          model = try ModelReader(&json, at: top.key(key))
        } else {
          members.append(.init(key: key, value: try json.readValue()))
        }
      }
      guard let model else { throw top.key("model").missing }
      return try parts(try model.model(), Field(value: .object(members), place: top))
    }
  }

  private static func parts(_ model: any Model, _ fields: Field) throws -> TokenizerParts {
    try fields.allowOnly(
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
      "post_processor", "decoder", "model")
    if let version = try fields.optional("version"), try version.string() != "1.0" {
      throw version.place.unsupported("version \"\(try version.string())\"")
    }
    var parts = TokenizerParts(place: fields.place, model: model)
    parts.normalizer = try fields.optional("normalizer")?.normalizer()
    parts.preTokenizer = try fields.optional("pre_tokenizer")?.preTokenizer()
    parts.postProcessor = try fields.optional("post_processor")?.postProcessor() ?? .none
    if let decoder = try fields.optional("decoder") { parts.decoder = try decoder.decoder() }
    parts.truncation = try fields.optional("truncation")?.truncation()
    parts.padding = try fields.optional("padding")?.padding()
    for field in try fields.optional("added_tokens")?.elements() ?? [] {
      try field.allowOnly(
        "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")
      let token = try field.addedToken(id: try field.required("id").count())
      try parts.add(token, at: field.place)
    }
    return parts
  }
}

extension Field {
  /// An added token as tokenizer.json and tokenizer_config.json write it.
  func addedToken(id: Int) throws -> AddedToken {
    AddedToken(
      content: try required("content").string(),
      id: id,
      isSingleWord: try required("single_word").bool(),
      stripsLeft: try required("lstrip").bool(),
      stripsRight: try required("rstrip").bool(),
      isNormalized: try required("normalized").bool(),
      isSpecial: try optional("special")?.bool() ?? false)
  }
}
