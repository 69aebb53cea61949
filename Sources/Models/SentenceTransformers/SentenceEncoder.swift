import TesseraLayers
import TesseraTensors

/// A tower with a pooling: a text becomes one vector.
///
/// Reimers and Gurevych, "Sentence-BERT".
struct SentenceEncoder<Tower: TextTower>: TextModel {
  let tower: Tower
  private let head: SentenceHead

  init(_ tower: Tower, _ head: SentenceHead) {
    self.tower = tower
    self.head = head
  }

  var keepsClassTokenOnly: Bool { head.pooling == .cls }

  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    // [T, C], or the class tokens' [B, C]
    let (hidden, sequences) = try tower(inputs, keepingFirst: keepsClassTokenOnly, trace: trace)
    return sequences.ranges.enumerated().map { item, range in
      let pooled = keepsClassTokenOnly ? hidden.row(item) : hidden.rows(range).meanOfRows()
      return ModelOutput(vector: finished(pooled))
    }
  }

  func finished(_ pooled: Tensor) -> Tensor {
    head.isNormalizing ? pooled.normalized() : pooled
  }
}

extension SentenceEncoder: StudiedModel where Tower: StudiedTower {}
