/// How models with a tower for texts and one for pictures read items.
struct TwoTowerFormat: InputFormat {
  let imageSize: Int?
  let fusion: Fusion
  let vocabularySize: Int
  let hasTowerClassToken: Bool
  let textPadding: TextPadding?
  private let maximumTextTokens: Int
  private let patchCount: Int

  /// - Parameters:
  ///   - imageSize: side in pixels.
  ///   - summing: whether an item with both is the sum of both.
  init(
    imageSize: Int, patchCount: Int, hasClassToken: Bool, vocabularySize: Int,
    maximumTextTokens: Int, textPadding: TextPadding? = nil, summing: Bool = false
  ) {
    let imageTokens = patchCount + (hasClassToken ? 1 : 0)
    self.imageSize = imageSize
    self.fusion =
      summing
      ? .summedTowers(imageTokens: imageTokens) : .separateTowers(imageTokens: imageTokens)
    self.vocabularySize = vocabularySize
    self.hasTowerClassToken = hasClassToken
    self.textPadding = textPadding
    self.maximumTextTokens = maximumTextTokens
    self.patchCount = patchCount
  }

  func maximumTextTokens(besideImage: Bool) -> Int { maximumTextTokens }

  /// The text's rows, then the picture's.
  func layout(of input: ModelInput) -> [SequenceRow] {
    var rows = input.ids.indices.map { SequenceRow(.token($0), position: $0) }
    guard input.picture != nil else { return rows }
    if hasTowerClassToken { rows.append(SequenceRow(.imageClass, position: 0)) }
    let first = hasTowerClassToken ? 1 : 0
    rows += (0..<patchCount).map { SequenceRow(.patch($0), position: first + $0) }
    return rows
  }
}
