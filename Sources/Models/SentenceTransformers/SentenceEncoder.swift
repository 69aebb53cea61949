import TesseraLayers
import TesseraTensors

/// A tower with a pooling and what follows it: a text becomes one vector.
///
/// Reimers and Gurevych, "Sentence-BERT".
struct SentenceEncoder<Tower: TextTower>: TextModel {
  let tower: Tower
  private let head: LoadedHead

  /// Reads the weights of the head's modules.
  ///
  /// - Throws: `WeightsError`, `FieldError`.
  init(_ tower: Tower, _ head: SentenceHead) throws {
    self.tower = tower
    self.head = try head.loaded(width: tower.width)
  }

  var dimension: Int { head.dimension }
  var isNormalizing: Bool { head.isNormalizing }

  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let pooled = try tower.pooled(inputs, by: head.pooling, trace: trace) {
      head.tokens($0, trace: trace)
    }
    let vectors = head.finished(pooled, trace: trace)
    return inputs.indices.map { ModelOutput(vector: vectors.row($0)) }
  }

  func finished(_ pooled: Tensor) -> Tensor {
    head.finished(pooled.reshaped([1, pooled.elementCount]), trace: nil).row(0)
  }
}

extension SentenceEncoder: StudiedModel where Tower: StudiedTower {
  func canDissect(_ input: ModelInput) -> Bool { head.isMeanOfRows }

  func pooledRows(of input: ModelInput) -> [Int] {
    head.pooling.keptRow(of: input).map { [$0] } ?? Array(head.pooling.rows(of: input))
  }
}
