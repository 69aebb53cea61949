import TesseraJSON

/// What is put around the tokens of a text.
///
/// Every post-processor of a file comes down to templates: special tokens, and the places where the
/// text's own tokens go.
struct PostProcessor: Sendable {
  enum Part: Equatable, Sendable {
    case special([Int])
    case text
  }

  /// Applied one after the other, each to the result of the one before.
  let templates: [[Part]]

  static let none = PostProcessor(templates: [])

  /// The usual template: one token before, one behind.
  init(before: Int, after: Int) {
    templates = [[.special([before]), .text, .special([after])]]
  }

  init(templates: [[Part]]) { self.templates = templates }

  /// The number of special tokens that are added.
  var specialCount: Int {
    templates.joined().reduce(0) { count, part in
      if case .special(let ids) = part { count + ids.count } else { count }
    }
  }

  /// The number of special tokens that stand before the text's own.
  var leadingSpecialCount: Int {
    templates.reduce(0) { count, template in
      count
        + template.prefix { $0 != .text }.reduce(0) { count, part in
          if case .special(let ids) = part { count + ids.count } else { count }
        }
    }
  }

  func process(_ ids: [Int], addSpecialTokens: Bool) -> [Int] {
    templates.reduce(ids) { ids, template in
      template.flatMap { part in
        switch part {
        case .text: ids
        case .special(let special): addSpecialTokens ? special : []
        }
      }
    }
  }
}

extension Field {
  /// Builds the post-processor that this field describes.
  func postProcessor() throws -> PostProcessor {
    PostProcessor(templates: try postProcessorTemplates())
  }

  private func postProcessorTemplates() throws -> [[PostProcessor.Part]] {
    let type = try required("type").string()
    switch type {
    case "Sequence":
      try allowOnly("type", "processors")
      return try required("processors").elements().flatMap { try $0.postProcessorTemplates() }
    case "ByteLevel":
      // It trims offsets, which nobody asks for here.
      try allowOnly("type", "add_prefix_space", "trim_offsets", "use_regex")
      return []
    case "BertProcessing", "RobertaProcessing":
      try allowOnly("type", "sep", "cls", "trim_offsets", "add_prefix_space")
      let before = try required("cls").tokenAndID()
      let after = try required("sep").tokenAndID()
      return [[.special([before]), .text, .special([after])]]
    case "TemplateProcessing":
      try allowOnly("type", "single", "pair", "special_tokens")
      let special = try required("special_tokens")
      let single = try required("single")
      let parts = try single.elements().map { try $0.templatePart(special) }
      guard parts.count(where: { $0 == .text }) == 1 else {
        throw single.place.unsupported("a template that does not name the text once")
      }
      return [parts]
    default:
      throw place.unsupported("the post-processor \"\(type)\"")
    }
  }

  /// The id of `["</s>", 2]`.
  private func tokenAndID() throws -> Int {
    let elements = try elements()
    guard elements.count == 2 else { throw wrongType("a token and its id") }
    _ = try elements[0].string()
    return try elements[1].count()
  }

  /// `{"SpecialToken": {"id": …}}` or `{"Sequence": {"id": "A"}}`.
  private func templatePart(_ special: Field) throws -> PostProcessor.Part {
    try allowOnly("SpecialToken", "Sequence")
    if let sequence = try optional("Sequence") {
      let id = try sequence.required("id")
      guard try id.string() == "A" else {
        throw id.place.inconsistent("a template for one text names another")
      }
      return .text
    }
    let id = try required("SpecialToken").required("id")
    guard let token = try special.optional(try id.string()) else {
      throw id.place.inconsistent("\"\(try id.string())\" is not among special_tokens")
    }
    return .special(try token.required("ids").elements().map { try $0.count() })
  }
}
