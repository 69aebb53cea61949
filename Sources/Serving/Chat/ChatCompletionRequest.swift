import TesseraEmbedders
import TesseraJSON

/// What is asked of `/v1/chat/completions`.
struct ChatCompletionRequest: Sendable {
  let model: ServedChat
  let messages: [ChatMessage]
  let options: ChatOptions
  let isStreamed: Bool
  /// Whether a stream ends with the numbers of tokens.
  let includesUsage: Bool

  /// - Throws: `Problem`, `FieldError`.
  init(_ fields: RequestFields, _ service: Service) async throws {
    try fields.allow(
      [
        "model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens",
        "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "seed", "stop",
      ],
      harmless: ["user", "metadata", "safety_identifier", "service_tier", "prompt_cache_key"],
      only: [
        "n": [.number(1)], "store": [.bool(false)], "logprobs": [.bool(false)],
        "frequency_penalty": [.number(0)], "presence_penalty": [.number(0)],
        "logit_bias": [.object([])], "tools": [.array([])], "functions": [.array([])],
        "tool_choice": [.string("none"), .string("auto")],
        "modalities": [.array([.string("text")])],
        "response_format": [.object([.init(key: "type", value: .string("text"))])],
      ])
    model = try service.models.chat(fields.string("model"))
    isStreamed = try fields.bool("stream") ?? false
    let streaming = try fields.field("stream_options").map { RequestFields(try Config($0)) }
    try streaming?.allow(["include_usage"], only: ["include_obfuscation": [.bool(false)]])
    includesUsage = try streaming?.bool("include_usage") ?? false
    options = try Self.options(fields)
    messages = try await Self.messages(
      fields.required("messages"), service, ByteBudget(service.settings.bodyBytes))
  }

  private static func options(_ fields: RequestFields) throws -> ChatOptions {
    var options = ChatOptions()
    let counts = 1...1 << 20
    let most = try fields.int("max_tokens", in: counts)
    options.maxNewTokens = try fields.int("max_completion_tokens", in: counts) ?? most
    options.temperature = try number(fields, "temperature", in: 0...2)
    options.topP = try number(fields, "top_p", in: 0...1)
    options.minP = try number(fields, "min_p", in: 0...1)
    options.topK = try fields.int("top_k", in: 0...1 << 20)
    options.repetitionPenalty = try number(
      fields, "repetition_penalty", in: Float.leastNormalMagnitude...100)
    options.seed = try fields.int("seed", in: -(1 << 53)...1 << 53)
      .map { UInt64(bitPattern: Int64($0)) }
    if let stop = try fields.field("stop") {
      options.stops = try stop.value.string.map { [$0] } ?? stop.elements().map { try $0.string() }
    }
    return options
  }

  private static func number(
    _ fields: RequestFields, _ key: String, in range: ClosedRange<Float>
  ) throws -> Float? {
    guard let field = try fields.field(key) else { return nil }
    let value = Float(try field.number())
    guard range.contains(value) else {
      throw field.wrongType("a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  private static func messages(
    _ field: Field, _ service: Service, _ fetched: ByteBudget
  ) async throws -> [ChatMessage] {
    var messages: [ChatMessage] = []
    for element in try field.elements() {
      let message = RequestFields(try Config(element))
      try message.allow(["role", "content"], harmless: ["name"])
      let content = try message.required("content")
      let parts: [ChatMessage.Part]
      if let text = content.value.string {
        parts = [.text(text)]
      } else {
        var read: [ChatMessage.Part] = []
        for part in try content.elements() {
          read.append(try await self.part(part, service, fetched))
        }
        parts = read
      }
      messages.append(ChatMessage(try role(message.required("role")), parts))
    }
    guard messages.last?.role == .user else {
      throw Problem(
        .invalid, "the last of the messages is the user's: it is what is answered",
        field: "messages")
    }
    return messages
  }

  private static func role(_ field: Field) throws -> ChatMessage.Role {
    // What newer clients call system.
    if field.value.string == "developer" { return .system }
    return try field.choice()
  }

  private static func part(
    _ field: Field, _ service: Service, _ fetched: ByteBudget
  ) async throws -> ChatMessage.Part {
    let part = RequestFields(try Config(field))
    switch try part.required("type").string() {
    case "text":
      try part.allow(["type", "text"])
      return .text(try part.required("text").string())
    case "image_url":
      try part.allow(["type", "image_url"])
      let image = try part.required("image_url")
      var address = image
      if image.value.string == nil {
        let inner = RequestFields(try Config(image))
        try inner.allow(["url"], harmless: ["detail"])
        address = try inner.required("url")
      }
      return .image(
        try await PictureText.picture(
          address.string(), name: address.place.path, service.settings.fetchingPictures, fetched))
    case let type:
      throw Problem(
        .invalid, "a part of the type '\(type.prefix(40))' is not supported: text or image_url",
        field: "messages")
    }
  }
}
