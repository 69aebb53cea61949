import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraFiles

/// A picture that is ready to be written.
public struct Drawing: Sendable {
  package let canvas: Canvas

  /// Width in pixels.
  public var width: Int { canvas.width }
  /// Height in pixels.
  public var height: Int { canvas.height }

  /// The picture as a PNG file.
  ///
  /// - Throws: an error with the encoder's reason.
  public func png() throws -> Data { try canvas.png() }

  /// Writes a PNG file.
  ///
  /// - Throws: an error that names the file and the system's reason.
  public func write(to file: URL) throws { try FileWriter.write(png(), to: file.path) }
}

extension AttentionMap {
  /// The matrix in colours, its tokens along both sides.
  ///
  /// - Throws: `AttentionError.tooManyTokens` for more words than there can be labels for.
  public func heatMap(font: BitmapFont = .builtIn) throws -> Drawing {
    let wordCount = sequence.tokens.count { !$0.isPatch }
    guard wordCount <= Self.maximumLabels else {
      throw AttentionError.tooManyTokens(wordCount, limit: Self.maximumLabels)
    }
    let columns = TokenAxis(sequence.tokens, patchesPerSide: sequence.patchesPerSide)
    let rows = TokenAxis(
      queries.map { sequence.tokens[$0] }, patchesPerSide: sequence.patchesPerSide)
    let scale = ColourScale(weights)
    let margin = 12
    let left = margin + Self.labelLength(rows, font) + 6
    let top = margin + BitmapFont.lineHeight + 10 + Self.labelLength(columns, font) + 6
    let width = max(
      left + columns.length + margin, margin * 2 + font.width(of: title),
      margin * 2 + ColourScale.barWidth)
    let height = top + rows.length + 16 + ColourScale.barHeight + margin
    var canvas = Canvas(width: width, height: height)
    canvas.write(title, x: margin, y: margin, font: font)
    Self.writeLabels(rows, columns, on: &canvas, left: left, top: top, font)
    for (row, down) in rows.cells.enumerated() {
      for (across, weight) in zip(columns.cells, self.row(row)) {
        canvas.fill(
          x: left + across.start, y: top + down.start, width: across.length, height: down.length,
          scale[weight])
      }
    }
    for border in columns.borders {
      canvas.fill(x: left + border, y: top, width: 1, height: rows.length, .line)
    }
    for border in rows.borders {
      canvas.fill(x: left, y: top + border, width: columns.length, height: 1, .line)
    }
    scale.drawBar(on: &canvas, x: margin, y: top + rows.length + 16, font: font)
    return Drawing(canvas: canvas)
  }

  /// Of the longest.
  private static func labelLength(_ axis: TokenAxis, _ font: BitmapFont) -> Int {
    axis.labels.map { font.width(of: font.fitted($0.text, to: labelLimit)) }.max() ?? 0
  }

  /// Rows' to the left of the matrix, columns' above it.
  private static func writeLabels(
    _ rows: TokenAxis, _ columns: TokenAxis, on canvas: inout Canvas, left: Int, top: Int,
    _ font: BitmapFont
  ) {
    for label in columns.labels {
      let text = font.fitted(label.text, to: labelLimit)
      canvas.write(
        text, x: left + label.middle - BitmapFont.lineHeight / 2, y: top - 6 - font.width(of: text),
        .upwards, font: font)
    }
    for label in rows.labels {
      let text = font.fitted(label.text, to: labelLimit)
      canvas.write(
        text, x: left - 6 - font.width(of: text), y: top + label.middle - BitmapFont.lineHeight / 2,
        font: font)
    }
  }

  /// Labels are this long at most, in pixels; a longer one ends with an ellipsis.
  private static let labelLimit = 240
  /// Words that find room along a side.
  private static let maximumLabels = 200
}
