import TesseraLayers
import TesseraTensors

/// Two towers, one for texts and one for pictures, that point into one space.
///
/// An item with both is the sum of both towers' features, neither of length 1 before: as BGE-VL was
/// trained (Zhou et al., "MegaPairs"). Models that were not are asked for it only where the caller
/// wants it.
struct TwoTowers<Text: FeatureTower, Picture: FeatureTower>: EmbeddingModel {
  let text: Text
  let picture: Picture
  package let isNormalizing: Bool
  let labelScoring: LabelScoring?

  /// - Parameter isNormalizing: whether vectors have length 1.
  init(
    _ text: Text, _ picture: Picture, isNormalizing: Bool, labelScoring: LabelScoring?
  ) {
    precondition(
      text.dimension == picture.dimension,
      "features of \(text.dimension) and \(picture.dimension) numbers")
    self.text = text
    self.picture = picture
    self.isNormalizing = isNormalizing
    self.labelScoring = labelScoring
  }

  var dimension: Int { text.dimension }

  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    var features = [Tensor?](repeating: nil, count: inputs.count)
    func add(_ tower: some FeatureTower, where isRead: (ModelInput) -> Bool) throws {
      let indices = inputs.indices.filter { isRead(inputs[$0]) }
      guard !indices.isEmpty else { return }
      let rows = try tower.features(of: indices.map { inputs[$0] }, trace: trace)  // [B, D]
      for (row, index) in indices.enumerated() {
        features[index] = features[index].map { $0 + rows.row(row) } ?? rows.row(row)
      }
    }
    try add(text) { !$0.ids.isEmpty }
    try add(picture) { $0.picture != nil }
    return features.map { ModelOutput(vector: $0.map(finished)) }
  }

  /// What becomes of an item's features: [D] → [D].
  func finished(_ features: Tensor) -> Tensor {
    let row = features.reshaped([dimension])
    return isNormalizing ? row.normalized() : row
  }
}
