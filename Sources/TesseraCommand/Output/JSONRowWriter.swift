import Foundation
import TesseraEmbedders
import TesseraJSON

/// Rows as JSON objects, a line each or in one array.
final class JSONRowWriter: RowWriter {
  enum Style { case lines, array }
  /// `base64` holds the numbers as little-endian float32.
  enum Encoding { case numbers, base64 }

  private let output: OutputFile
  private let style: Style
  private let encoding: Encoding
  private let tokenName: ((Int) -> String?)?
  private var isFirst = true

  init(
    _ output: OutputFile, style: Style, encoding: Encoding, tokenName: ((Int) -> String?)?
  ) {
    self.output = output
    self.style = style
    self.encoding = encoding
    self.tokenName = tokenName
  }

  func write(_ row: ItemRow, _ result: Result<Embedding, ItemFailure>) throws {
    let before = isFirst ? "[\n" : ",\n"
    isFirst = false
    switch style {
    case .lines: try output.write(json(of: row, result) + "\n")
    case .array: try output.write(before + json(of: row, result))
    }
  }

  /// The row alone.
  func json(of row: ItemRow, _ result: Result<Embedding, ItemFailure>) -> String {
    var json = JSONWriter()
    json.writeObject { object in
      row.writeFields(
        to: &object, replacing: ["embedding", "lexical_weights", "colbert_vecs"])
      switch result {
      case .success(let embedding):
        write(embedding, to: &object)
      case .failure(let error):
        object.member("error", row.message(error))
      }
    }
    return json.text
  }

  func finish() throws {
    if style == .array { try output.write(isFirst ? "[]\n" : "\n]\n") }
    try output.finish()
  }

  private func write(_ embedding: Embedding, to object: inout JSONWriter.ObjectWriter) {
    if !embedding.vector.isEmpty {
      object.member("embedding") { write(embedding.vector, to: &$0) }
    }
    if let weights = embedding.lexicalWeights {
      object.object("lexical_weights") { object in
        for (id, weight) in weights.sorted(by: { $0.key < $1.key }) {
          object.member(tokenName?(id) ?? String(id), weight)
        }
      }
    }
    if let vectors = embedding.colbertVectors {
      object.member("colbert_vecs") { $0.writeArray(vectors) { write($1, to: &$0) } }
    }
  }

  private func write(_ vector: [Float], to json: inout JSONWriter) {
    switch encoding {
    case .numbers: json.writeArray(vector) { $0.write($1) }
    case .base64: json.write(vector.littleEndianData.base64EncodedString())
    }
  }
}

extension [Float] {
  /// The numbers as float32, little-endian.
  var littleEndianData: Data {
    map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
  }
}
