import TesseraModels
import TesseraTensors
import TesseraTokenizers

/// For a server: items are read when they arrive, and computed with others' when their turn comes.
extension Embedder {
  /// An item as the model reads it, with its number of tokens.
  ///
  /// - Throws: `EmbedderError`.
  package func prepare(_ item: Item) throws(EmbedderError) -> PreparedItem {
    try reader.input(of: item)
  }

  /// A text behind its prompt, as the tokenizer gets it.
  ///
  /// - Throws: `EmbedderError`.
  package func asRead(_ text: String, _ prompt: Prompt?) throws(EmbedderError) -> String {
    try reader.requiredTexts().wording(of: text, prompt, besideImage: false).text
  }

  /// Encodes one batch of items that were read before, with the bits that each has alone.
  ///
  /// - Throws: `EmbedderError.kindNotSupported`; `CancellationError` if the surrounding task was
  ///   cancelled.
  package func encode(
    _ items: [PreparedItem], returning kinds: [VectorKind]
  ) throws -> [Result<Embedding, EmbedderError>] {
    if let kind = kinds.first(where: { !vectorKinds.contains($0) }) {
      throw EmbedderError.kindNotSupported(kind, supported: vectorKinds)
    }
    let pictures = try model.read(items.compactMap(\.input.pixels), trace: nil)
    var read = pictures.makeIterator()
    let inputs = items.map { item in
      item.input.pixels == nil
        ? item.input
        : item.input.with(read.next())
    }
    let outputs = try model(inputs, OutputKinds(kinds), trace: nil)
    return zip(items, outputs).map { $0.embedding($1, cut: cut) }
  }

  /// The model's tokenizer.
  ///
  /// - Throws: what is wrong with the vocabulary; `EmbedderError.textsNotSupported`.
  package func tokenizer() throws(EmbedderError) -> Tokenizer {
    try reader.requiredTexts().tokenizer
  }

  /// The most tokens of a text that are read, special ones included; 0 where none is.
  package var maximumTextTokens: Int {
    (try? reader.texts()?.limit(besideImage: false)) ?? 0
  }
}
