import Foundation
import TesseraEmbedders
import TesseraJSON

/// How vectors are cut and written.
struct VectorForm {
  enum Encoding { case numbers, base64 }

  var encoding = Encoding.numbers
  /// Numbers that are left of each vector, which then gets length 1 again; nil for all.
  var dimensions: Int?
  /// Whether vectors that the model does not bring to length 1 get it.
  var isUnit = false

  func vector(_ embedding: Embedding) -> [Float] {
    let vector = embedding.vector
    guard let dimensions, dimensions < vector.count else {
      return isUnit ? vector.ofLengthOne : vector
    }
    return Array(vector.prefix(dimensions)).ofLengthOne
  }

  func write(_ embedding: Embedding, to json: inout JSONWriter) {
    write(vector(embedding), to: &json)
  }

  func write(_ vector: [Float], to json: inout JSONWriter) {
    switch encoding {
    case .numbers: json.writeArray(vector) { $0.write($1) }
    case .base64:
      let bytes = vector.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
      json.writeRaw("\"" + bytes.base64EncodedString() + "\"")
    }
  }
}

extension [Float] {
  /// Divided by its length; itself where that is 1 already, but for rounding.
  fileprivate var ofLengthOne: [Float] {
    let square = reduce(0.0) { $0 + Double($1) * Double($1) }
    guard square > 0, abs(square - 1) > 1e-5 else { return self }
    let length = square.squareRoot()
    return map { Float(Double($0) / length) }
  }
}

extension [Embedding] {
  var tokenCount: Int { reduce(0) { $0 + $1.tokenCount } }

  var cuts: [Embedding.Truncation] { compactMap(\.truncation) }

  /// Says how many items were cut.
  var headers: [(name: String, value: String)] {
    cuts.isEmpty ? [] : [("x-truncated", String(cuts.count))]
  }
}

extension JSONWriter.ObjectWriter {
  /// `truncated`, where something was cut.
  mutating func memberForCuts(_ truncations: [Embedding.Truncation?]) {
    let cuts = truncations.enumerated().compactMap { index, cut in cut.map { (index, $0) } }
    guard !cuts.isEmpty else { return }
    objects("truncated", cuts) { object, cut in
      object.member("index", cut.0)
      object.member("tokens", cut.1.total)
      object.member("read", cut.1.kept)
    }
  }
}
