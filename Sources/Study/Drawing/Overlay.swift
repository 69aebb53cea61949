import Foundation
import TesseraEmbedders

extension AttentionMap {
  /// The picture as the model reads it, and beside it the same with the weights on its patches.
  ///
  /// - Throws: `AttentionError.noPatches`.
  public func overlay(on picture: PictureAsRead, font: BitmapFont = .builtIn) throws -> Drawing {
    let weights = try patchWeights()
    let scale = ColourScale(weights)
    let frame = OverlayFrame(side: picture.side, patchesPerSide: sequence.patchesPerSide)
    let caption =
      "of " + queries.map { sequence.tokens[$0].bareText }.joined(separator: " ")
      + String(format: ": %.1f %% on the picture", Double(shares.picture) * 100)
    let (margin, line) = (OverlayFrame.margin, BitmapFont.lineHeight)
    let top = margin + 2 * (line + 4) + 8
    let width =
      [
        2 * frame.length + 3 * margin, font.width(of: title) + 2 * margin,
        ColourScale.barWidth + 2 * margin,
      ].max() ?? 0
    var canvas = Canvas(
      width: width, height: top + frame.length + margin + ColourScale.barHeight + margin)
    canvas.write(title, x: margin, y: margin, font: font)
    canvas.write(
      font.fitted(caption, to: width - 2 * margin), x: margin, y: margin + line + 4, font: font)
    let left = margin
    let right = left + frame.length + margin
    for y in 0..<frame.length {
      for x in 0..<frame.length {
        let colour = picture.colour(x / frame.zoom, y / frame.zoom)
        let weight = weights[frame.patch(x: x, y: y)]
        let isLine = frame.isLine(x: x, y: y)
        canvas[left + x, top + y] = isLine ? colour.under(.white, opacity: 0.5) : colour
        // In gray and paler, so that the only colour is that of the weights.
        let ground = colour.gray.under(.white, opacity: 0.4)
        let heat = ground.under(scale[weight], opacity: Self.opacity)
        canvas[right + x, top + y] = isLine ? heat.under(.white, opacity: 0.5) : heat
      }
    }
    scale.drawBar(on: &canvas, x: margin, y: top + frame.length + margin, font: font)
    return Drawing(canvas: canvas)
  }
}

extension AttentionMap {
  /// Of the weights' colours over the picture.
  package static let opacity = 0.7
}

/// How a picture is enlarged, and which patch a point of it belongs to.
struct OverlayFrame {
  static let margin = 16

  /// Pixels for one pixel of the picture, both ways.
  let zoom: Int
  let length: Int
  private let patchLength: Int
  private let patchesPerSide: Int

  init(side: Int, patchesPerSide: Int) {
    zoom = max(1, 448 / side)
    length = side * zoom
    self.patchesPerSide = patchesPerSide
    patchLength = max(1, length / patchesPerSide)
  }

  func patch(x: Int, y: Int) -> Int {
    min(y / patchLength, patchesPerSide - 1) * patchesPerSide
      + min(x / patchLength, patchesPerSide - 1)
  }

  /// Whether a point is on the line between two patches.
  func isLine(x: Int, y: Int) -> Bool {
    x > 0 && x % patchLength == 0 || y > 0 && y % patchLength == 0
  }
}

extension PictureAsRead {
  fileprivate func colour(_ x: Int, _ y: Int) -> Colour {
    let i = (y * side + x) * 3
    return Colour(rgb[i], rgb[i + 1], rgb[i + 2])
  }
}
