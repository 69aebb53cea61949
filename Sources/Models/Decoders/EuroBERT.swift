import TesseraTensors

/// EuroBERT: Llama's layers as an encoder, in which every token sees every other.
///
/// Boizard et al., "EuroBERT"; transformers' `EuroBertModel`.
struct EuroBERTFamily: PlainDecoderFamily {
  static let modelTypes = ["eurobert"]
  /// Of fine-tuning for labels.
  static let otherHeads = ["dense.*", "classifier.*"]

  let decoder: PlainDecoder
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    decoder = try PlainDecoder(file, .euroBERT, .llama(file), sight: .all)
    head = try folder.head()
  }
}

extension DecoderConfig.Defaults {
  /// EuroBertConfig's.
  fileprivate static let euroBERT = Self(
    vocabulary: 128256, hidden: 768, intermediate: 3072, layers: 12, heads: 12, keyHeads: nil,
    positions: 8192, epsilon: 1e-5)
}
