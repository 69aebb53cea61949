import TesseraEmbedders
import TesseraImages

/// A picture as a model reads it: resized and cropped, before its numbers are normalised.
public struct PictureAsRead: Sendable {
  /// In pixels, both ways.
  public let side: Int
  /// Red, green and blue, row by row.
  public let rgb: [UInt8]

  package init(side: Int, rgb: [UInt8]) {
    precondition(rgb.count == side * side * 3, "\(rgb.count) bytes for \(side) × \(side) pixels")
    self.side = side
    self.rgb = rgb
  }
}

extension Embedder {
  /// What the model sees of a picture.
  ///
  /// - Throws: `EmbedderError`.
  public func pictureAsRead(_ image: ImageSource) throws -> PictureAsRead {
    try PictureAsRead(reader.croppedPixels(image))
  }
}

extension Captioner {
  /// What the model sees of a picture.
  ///
  /// - Throws: `EmbedderError`.
  public func pictureAsRead(_ image: ImageSource) throws -> PictureAsRead {
    try PictureAsRead(writer.croppedPixels(image))
  }
}

extension VisualQuestionAnswerer {
  /// What the model sees of a picture.
  ///
  /// - Throws: `EmbedderError`.
  public func pictureAsRead(_ image: ImageSource) throws -> PictureAsRead {
    try PictureAsRead(writer.croppedPixels(image))
  }
}

extension PictureAsRead {
  /// - Throws: `EmbedderError` for a picture that is no square, which cannot be drawn here.
  init(_ pixels: Pixels) throws(EmbedderError) {
    guard pixels.width == pixels.height else {
      throw .unusableImage(
        reason: "the model reads this picture as \(pixels.width)×\(pixels.height) pixels; only "
          + "squares are drawn")
    }
    self.init(side: pixels.width, rgb: pixels.rgb)
  }
}
