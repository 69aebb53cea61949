import TesseraEmbedders

/// Where tokens lie along a side of a heat map: wide cells for words, so that their labels fit,
/// narrow ones for patches, so that all of them do.
package struct TokenAxis {
  struct Label {
    let text: String
    /// The middle of what is labelled, in pixels from the axis' begin.
    let middle: Int
  }

  /// Begin and length of every cell, in pixels.
  package private(set) var cells: [(start: Int, length: Int)] = []
  private(set) var labels: [Label] = []
  /// Lines between the picture, the words before it and those behind it.
  private(set) var borders: [Int] = []
  private(set) var length = 0

  static let wordCell = 24
  /// The picture takes about so many pixels.
  private static let pictureLength = 800

  package init(_ tokens: [TokenSequence.Token], patchesPerSide side: Int) {
    let patchCell = max(3, min(Self.wordCell, Self.pictureLength / max(side * side, 1)))
    for (i, token) in tokens.enumerated() {
      if i > 0, token.isPatch != tokens[i - 1].isPatch { borders.append(length) }
      let cell = token.isPatch ? patchCell : Self.wordCell
      switch token.kind {
      case .patch(let row, let column):
        if patchCell >= BitmapFont.lineHeight {
          labels.append(Label(text: token.text, middle: length + cell / 2))
        } else if column == 0 {
          // One label for a row of patches, or for two rows if they are thin.
          let step = (BitmapFont.lineHeight + patchCell * side - 1) / (patchCell * side)
          if row % step == 0 {
            labels.append(Label(text: "row \(row)", middle: length + patchCell * side / 2))
          }
        }
      default: labels.append(Label(text: token.text, middle: length + cell / 2))
      }
      cells.append((length, cell))
      length += cell
    }
  }
}
