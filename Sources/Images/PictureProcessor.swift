/// A class of transformers that makes pictures ready: its names over the years, and what it does where
/// a file is silent.
package struct PictureProcessor: Sendable {
  /// What a file may call it, the reference first.
  let names: [String]
  let resizing: PixelRecipe.Resizing
  let filter: ResampleFilter
  /// Nil where nothing is cut off unless the file says so.
  let crop: PixelSize?
  let mean: [Double]
  let deviation: [Double]
  /// Whether a size that is one number means both sides; the shorter one otherwise.
  let isNumberSquare: Bool

  private init(
    _ names: [String], resizing: PixelRecipe.Resizing, filter: ResampleFilter = .bicubic,
    crop: PixelSize?, mean: [Double] = Normalization.openAIMean,
    deviation: [Double] = Normalization.openAIDeviation, isNumberSquare: Bool = false
  ) {
    // Each has been renamed in the same two ways.
    self.names =
      names.flatMap { ["\($0)ImageProcessor", "\($0)ImageProcessorFast"] }
      + names.map { "\($0)FeatureExtractor" }
    self.resizing = resizing
    self.filter = filter
    self.crop = crop
    self.mean = mean
    self.deviation = deviation
    self.isNumberSquare = isNumberSquare
  }

  private static let square224 = PixelSize(width: 224, height: 224)

  package static let clip = PictureProcessor(
    ["CLIP"], resizing: .shorterSide(224), crop: square224)

  package static let chineseCLIP = PictureProcessor(
    ["ChineseCLIP"], resizing: .shorterSide(224), crop: square224, isNumberSquare: true)

  package static let siglip = PictureProcessor(
    ["Siglip"], resizing: .exactly(square224), crop: nil, mean: half, deviation: half)

  /// DINOv2's.
  package static let bit = PictureProcessor(
    ["Bit"], resizing: .shorterSide(224), crop: square224)

  private static let half = [0.5, 0.5, 0.5]
}
