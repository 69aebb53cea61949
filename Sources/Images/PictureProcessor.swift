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
  /// Keys that its files have, and that it passes over.
  let unreadKeys: Set<String>
  /// Whether pixels are divided by the deviations once more, unless the file says otherwise.
  let dividesAgain: Bool

  private init(
    _ names: [String], resizing: PixelRecipe.Resizing, filter: ResampleFilter = .bicubic,
    crop: PixelSize?, mean: [Double] = Normalization.openAIMean,
    deviation: [Double] = Normalization.openAIDeviation, isNumberSquare: Bool = false,
    unreadKeys: Set<String> = [], dividesAgain: Bool = false
  ) {
    // Each has been renamed in the same ways.
    self.names =
      names.flatMap { name in ["", "Fast", "Pil"].map { "\(name)ImageProcessor\($0)" } }
      + names.map { "\($0)FeatureExtractor" }
    self.resizing = resizing
    self.filter = filter
    self.crop = crop
    self.mean = mean
    self.deviation = deviation
    self.isNumberSquare = isNumberSquare
    self.unreadKeys = unreadKeys
    self.dividesAgain = dividesAgain
  }

  private static let square224 = PixelSize(width: 224, height: 224)

  package static let clip = PictureProcessor(
    ["CLIP"], resizing: .shorterSide(224), crop: square224)

  package static let chineseCLIP = PictureProcessor(
    ["ChineseCLIP"], resizing: .shorterSide(224), crop: square224, isNumberSquare: true)

  package static let siglip = PictureProcessor(
    ["Siglip"], resizing: .exactly(square224), crop: nil, mean: half, deviation: half)

  /// SigLIP 2's for pictures of any shape.
  package static let siglip2 = PictureProcessor(
    ["Siglip2"], resizing: .patches(maximum: 256, side: 16), filter: .bilinear, crop: nil,
    mean: half,
    deviation: half)

  /// DINOv2's.
  package static let bit = PictureProcessor(
    ["Bit"], resizing: .shorterSide(224), crop: square224)

  /// Its files were first written for a processor that pads, which this one does not.
  package static let blip = PictureProcessor(
    ["Blip"], resizing: .exactly(PixelSize(width: 384, height: 384)), crop: nil,
    unreadKeys: ["do_pad", "size_divisor"])

  /// ALIGN's, which with `include_top` divides by the deviations twice.
  package static let efficientNet = PictureProcessor(
    ["EfficientNet"], resizing: .exactly(PixelSize(width: 346, height: 346)), filter: .nearest,
    crop: nil, mean: half, deviation: half, dividesAgain: true)

  /// SmolVLM's and Idefics3's. What pads several pictures in a batch, and what reads films, changes
  /// nothing of one.
  package static let idefics3 = PictureProcessor(
    ["SmolVLM", "Idefics3"], resizing: .shorterSide(364), filter: .lanczos, crop: nil, mean: half,
    deviation: half,
    unreadKeys: [
      "do_image_splitting", "max_image_size", "do_pad", "return_row_col_info", "video_sampling",
    ])

  /// LLaVA's, whose own class came after that of CLIP.
  package static let llava = PictureProcessor(
    ["CLIP", "Llava"], resizing: .shorterSide(224), crop: square224)

  package static let llavaNext = PictureProcessor(
    ["LlavaNext"], resizing: .shorterSide(224), crop: square224, unreadKeys: anyResolution)

  package static let llavaOneVision = PictureProcessor(
    ["LlavaOnevision"], resizing: .exactly(PixelSize(width: 384, height: 384)), crop: nil,
    unreadKeys: anyResolution)

  /// Of pictures that are cut by the best of some sizes.
  private static let anyResolution: Set = [
    "image_grid_pinpoints", "do_pad", "aspect_ratio_setting", "pad_size",
  ]

  private static let half = [0.5, 0.5, 0.5]
}
