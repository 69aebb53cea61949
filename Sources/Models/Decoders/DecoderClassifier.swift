import TesseraCheckpoints
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// A family of decoders of which some folders are classifiers: a linear layer without a bias reads the
/// last token that is no padding.
///
/// transformers' `GenericForSequenceClassification`.
protocol DecoderClassifierFamily: ClassifierFamily, SentenceEncoderFamily where Tower == Decoder {
  var config: DecoderConfig { get }
}

extension DecoderClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    try scorer(weights, labels: labels)
  }

  /// - Throws: `WeightsError`.
  func scorer(_ weights: Weights, labels: Int) throws -> any ClassifierModel {
    LastTokenClassifier(
      tower: try tower(weights.below(Self.prefix)),
      head: try Linear(
        weights["score"], inputs: config.hiddenSize, outputs: labels, hasBias: false,
        precision: .float32),
      padding: config.paddingID)
  }
}

/// [B, C] → [B, labels], computed in float32 whatever the tower's arithmetic: there is one row a text.
private struct LastTokenClassifier: ClassifierModel {
  let tower: Decoder
  let head: Linear
  /// `pad_token_id`. Text may hold it too, and is passed over likewise.
  let padding: Int?

  func callAsFunction(_ inputs: [ModelInput], trace: Trace?) throws -> [Tensor] {
    // Where nothing is left, the reference takes the first token.
    let rows = inputs.map { input in input.ids.lastIndex { $0 != padding } ?? 0 }
    let (hidden, _) = try tower(inputs, keeping: rows, trace: trace)
    let logits = trace.pass(head.path, head(hidden))
    return inputs.indices.map { logits.row($0) }
  }
}

extension Qwen2Family: DecoderClassifierFamily {}
extension MistralFamily: DecoderClassifierFamily {}
extension LlamaFamily: DecoderClassifierFamily {}
extension GemmaFamily: DecoderClassifierFamily {}
