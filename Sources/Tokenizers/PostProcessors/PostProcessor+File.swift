import TesseraJSON

extension Field {
  /// Builds the post-processor that this field describes.
  func postProcessor() throws -> PostProcessor {
    try templates() ?? .none
  }

  /// Nil where nothing is put around a text.
  private func templates() throws -> PostProcessor? {
    let type = try required("type").string()
    switch type {
    case "Sequence":
      try allowOnly("type", "processors")
      let processors = try required("processors").elements().compactMap { try $0.templates() }
      guard processors.count <= 1 else {
        throw place.unsupported("special tokens from two processors in turn")
      }
      return processors.first
    case "ByteLevel":
      // It trims offsets, which nobody asks for here.
      try allowOnly("type", "add_prefix_space", "trim_offsets", "use_regex")
      return nil
    case "BertProcessing":
      try allowOnly("type", "sep", "cls")
      return .bert(
        start: try required("cls").tokenAndID(), end: try required("sep").tokenAndID())
    case "RobertaProcessing":
      try allowOnly("type", "sep", "cls", "trim_offsets", "add_prefix_space")
      return .roberta(
        start: try required("cls").tokenAndID(), end: try required("sep").tokenAndID())
    case "TemplateProcessing":
      try allowOnly("type", "single", "pair", "special_tokens")
      return try template()
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

  private func template() throws -> PostProcessor {
    let special = try required("special_tokens")
    func parts(_ key: String) throws -> [PostProcessor.Part] {
      try required(key).elements().map {
        try $0.templatePart(special, textCount: key == "pair" ? 2 : 1)
      }
    }
    func texts(_ parts: [PostProcessor.Part]) -> [Int] {
      parts.compactMap { part in
        if case .text(let index, _) = part { index } else { nil }
      }
    }
    let single = try parts("single")
    guard texts(single) == [0] else {
      throw place.key("single").unsupported("a template that does not name the text once")
    }
    let pair = try parts("pair")
    return PostProcessor(single: single, pair: texts(pair).sorted() == [0, 1] ? pair : nil)
  }

  /// `{"SpecialToken": {"id": …, "type_id": 0}}` or `{"Sequence": {"id": "A", "type_id": 0}}`.
  private func templatePart(_ special: Field, textCount: Int) throws -> PostProcessor.Part {
    try allowOnly("SpecialToken", "Sequence")
    if let sequence = try optional("Sequence") {
      let id = try sequence.required("id")
      guard let index = ["A", "B"].prefix(textCount).firstIndex(of: try id.string()) else {
        throw id.place.inconsistent("a template for \(textCount) texts names another")
      }
      return .text(index, type: try sequence.required("type_id").count())
    }
    let token = try required("SpecialToken")
    let id = try token.required("id")
    guard let ids = try special.optional(try id.string())?.required("ids") else {
      throw id.place.inconsistent("\"\(try id.string())\" is not among special_tokens")
    }
    return .special(
      try ids.elements().map { try $0.count() }, type: try token.required("type_id").count())
  }
}
