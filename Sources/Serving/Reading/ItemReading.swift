import TesseraEmbedders
import TesseraJSON

/// Items in the shapes in which clients send them.
struct ItemReading {
  let model: ServedModel
  let settings: ServiceSettings
  private let texts: TextReading
  /// Bytes of pictures that may still be fetched for this request.
  private let fetched: ByteBudget

  init(model: ServedModel, settings: ServiceSettings) {
    self.model = model
    self.settings = settings
    texts = TextReading(settings: settings)
    fetched = ByteBudget(settings.bodyBytes)
  }

  /// OpenAI's `input`, with Jina's items of text and image, and infinity's `modality`.
  ///
  /// - Parameter name: the request's member, for errors.
  func items(input: Field, modality: String?, named name: String = "input") async throws -> [Item] {
    switch input.value {
    case .array(let elements):
      guard !elements.isEmpty else {
        throw Problem(.empty, "'\(name)' must not be empty", field: name)
      }
      if case .number = elements[0] { return [try ids(input)] }
      try texts.check(count: elements.count, name)
      var items: [Item] = []
      for element in try input.elements() {
        items.append(try await item(element, modality: modality, field: name))
      }
      return items
    default: return [try await item(input, modality: modality, field: name)]
    }
  }

  /// TEI's `inputs`: texts, or ids.
  func texts(inputs: Field) throws -> [Item] {
    let name = "inputs"
    guard case .array(let elements) = inputs.value else { return [try text(inputs, name)] }
    guard !elements.isEmpty else {
      throw Problem(.empty, "`inputs` cannot be empty", field: name)
    }
    if case .number = elements[0] { return [try ids(inputs)] }
    try texts.check(count: elements.count, name)
    return try inputs.elements().map {
      if case .array = $0.value { return try ids($0) }
      return try text($0, name)
    }
  }

  /// Several texts, or one.
  func strings(_ field: Field, _ name: String) throws -> [Item] {
    guard case .array(let elements) = field.value else { return [try text(field, name)] }
    try texts.check(count: elements.count, name)
    return try field.elements().map { try text($0, name) }
  }

  /// One item in the shape of a conversation: parts of text and of pictures.
  func item(parts: Field, field name: String) async throws -> Item {
    if case .string = parts.value { return try text(parts, name) }
    var texts: [String] = []
    var pictures: [ImageSource] = []
    for part in try parts.elements() {
      let type = try part.required("type").string()
      switch type {
      case "text", "input_text": texts.append(try self.texts.text(part.required("text"), name))
      case "image_url", "input_image", "image":
        let url = try part.required(type == "image" ? "image" : "image_url")
        let address = if case .object = url.value { try url.required("url") } else { url }
        pictures.append(try await picture(address))
      default: throw part.place.key("type").unsupported("\"\(type.prefix(40))\"")
      }
    }
    guard pictures.count <= 1 else {
      throw Problem(.invalid, "\(name): \(pictures.count) pictures; an item has one", field: name)
    }
    guard !texts.isEmpty || !pictures.isEmpty else {
      throw Problem(.empty, "\(name): neither a text nor a picture", field: name)
    }
    let text = texts.isEmpty ? nil : texts.joined(separator: "\n")
    if let text { try self.texts.check(text, name) }
    return Item(text: text, image: pictures.first)
  }

  /// An object with "text", "image", or both; further members are another's to read.
  func item(_ field: Field) async throws -> Item {
    let name = field.place.path
    let text = try field.optional("text").map { try texts.text($0, name) }
    let image = try field.optional("image")
    guard text != nil || image != nil else {
      throw Problem(.empty, "\(name): neither \"text\" nor \"image\"", field: name)
    }
    var picture: ImageSource?
    if let image { picture = try await self.picture(image) }
    return Item(text: text, image: picture)
  }

  private func item(_ field: Field, modality: String?, field name: String) async throws -> Item {
    switch field.value {
    case .string:
      if modality == "image" { return Item(image: try await picture(field)) }
      return try text(field, name)
    case .array: return try ids(field)
    case .object:
      if try field.optional("content") != nil {
        return try await item(parts: field.required("content"), field: name)
      }
      try field.allowOnly("text", "image")
      return try await item(field)
    default: throw field.wrongType("a text, or an object with \"text\" or \"image\"")
    }
  }

  private func picture(_ field: Field) async throws -> ImageSource {
    guard model.embedder.supportsImages else {
      throw Problem(
        .invalid, "\(EmbedderError.imagesNotSupported)", field: Self.member(with: field))
    }
    return try await PictureText.picture(
      field.string(), name: field.place.path, settings.fetchingPictures, fetched)
  }

  /// The member of the request in which a field lies.
  private static func member(with field: Field) -> String {
    String(field.place.path.prefix { $0 != "[" && $0 != "." })
  }

  private func text(_ field: Field, _ name: String) throws -> Item {
    .text(try texts.text(field, name))
  }

  /// Ids mean texts only in the vocabulary that made them.
  private func ids(_ field: Field) throws -> Item {
    let ids = try field.elements().map { try $0.count() }
    let name = Self.member(with: field)
    guard !ids.isEmpty else {
      throw Problem(.empty, "'\(field.place.path)' must not be an empty list", field: name)
    }
    guard settings.acceptsTokenIDs else {
      throw Problem(
        .invalid,
        "'\(field.place.path)' holds token ids, of a vocabulary that this server cannot know. Send"
          + " texts: with LangChain, OpenAIEmbeddings(check_embedding_ctx_length=False)",
        field: name)
    }
    let tokenizer = try model.embedder.tokenizer()
    if let id = ids.first(where: { tokenizer.token($0) == nil }) {
      throw Problem(
        .invalid, "'\(field.place.path)': the model's vocabulary has no token \(id)",
        field: name)
    }
    return .text(tokenizer.decode(ids))
  }
}
