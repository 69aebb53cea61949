/// How models with a tower for texts and one for pictures read items.
struct TwoTowerFormat: InputFormat {
  let imageSize: Int?
  let fusion: Fusion
  let vocabularySize: Int
  let hasTowerClassToken: Bool
  let textPadding: TextPadding?
  private let maximumTextTokens: Int
  private let patchCount: Int
  /// Side of a patch where pictures have any shape; nil where all are square.
  private let freePatchSide: Int?

  /// - Parameters:
  ///   - imageSize: side in pixels.
  ///   - patchCount: of a picture, at most.
  ///   - summing: whether an item with both is the sum of both.
  init(
    imageSize: Int, patchCount: Int, hasClassToken: Bool, vocabularySize: Int,
    maximumTextTokens: Int, textPadding: TextPadding? = nil, summing: Bool = false,
    freePatchSide: Int? = nil
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
    self.freePatchSide = freePatchSide
  }

  func patchGrid(of input: ModelInput) -> (rows: Int, columns: Int)? {
    guard let side = freePatchSide, let shape = input.pixels?.shape else { return nil }
    return (shape[1] / side, shape[2] / side)
  }

  func maximumTextTokens(besideImage: Bool) -> Int { maximumTextTokens }

  /// The text's rows, then the picture's.
  func layout(of input: ModelInput) -> [SequenceRow] {
    var rows = input.ids.indices.map { SequenceRow(.token($0), position: $0) }
    guard input.picture != nil else { return rows }
    if hasTowerClassToken { rows.append(SequenceRow(.imageClass, position: 0)) }
    let first = hasTowerClassToken ? 1 : 0
    let patchCount = patchGrid(of: input).map { $0.rows * $0.columns } ?? patchCount
    rows += (0..<patchCount).map { SequenceRow(.patch($0), position: first + $0) }
    return rows
  }
}
