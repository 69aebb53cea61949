/// Llama as an encoder of texts: llama-embed and its kin, causal unless `is_causal` says otherwise.
///
/// Touvron et al., "LLaMA"; transformers' `LlamaModel`.
struct LlamaFamily: PlainDecoderFamily {
  static let modelTypes = ["llama"]

  let decoder: PlainDecoder
  let head: SentenceHead

  /// What chats makes no vectors, unless modules say how.
  static func accepts(_ folder: ModelFiles) throws -> Bool {
    try !LanguageModelFamily.accepts(folder)
  }

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    decoder = try PlainDecoder(file, .llama, .llama(file), sight: file.fullSight(.llama))
    head = try folder.head()
  }
}
