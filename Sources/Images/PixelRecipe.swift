/// What a model wants done to an image: resize, crop, convert to RGB, normalise.
///
/// ```swift
/// let recipe = PixelRecipe.torchvision(size: 224)
/// let pixels = recipe(try Raster(contentsOf: "cat.jpg"))
/// let numbers = recipe.normalization(pixels)  // [3, 224, 224]
/// ```
package struct PixelRecipe: Equatable, Sendable {
  /// Whether the image is converted to RGB before it is resized, or resized in its own mode.
  let isRGBFirst: Bool
  let resizing: Resizing?
  let filter: ResampleFilter
  let crop: CenterCrop?
  package let normalization: Normalization

  enum Resizing: Equatable, Sendable {
    /// The longer side follows, cut to a whole number.
    case shorterSide(Int)
    case exactly(PixelSize)
    /// As large as so many square patches allow, in the image's own shape.
    case patches(maximum: Int, side: Int)

    func size(for size: PixelSize) -> PixelSize {
      switch self {
      case .exactly(let size):
        return size
      case .patches(let maximum, let side):
        return .covering(size, withPatches: maximum, side: side)
      case .shorterSide(let short):
        let isTall = size.width <= size.height
        let ratio =
          Double(short * max(size.width, size.height)) / Double(min(size.width, size.height))
        return isTall
          ? PixelSize(width: short, height: Int(ratio))
          : PixelSize(width: Int(ratio), height: short)
      }
    }
  }

  /// torchvision's transform, for images of `size` × `size` pixels: `Resize(size)` in the image's own
  /// mode, `CenterCrop(size)`, RGB, `ToTensor`, `Normalize`.
  ///
  /// - Parameters:
  ///   - isRGBFirst: whether RGB is made before the image is resized.
  ///   - isSquashed: whether both sides are made `size` at once, and nothing is cut off.
  package static func torchvision(
    size: Int, isRGBFirst: Bool = false, isSquashed: Bool = false,
    filter: ResampleFilter = .bicubic, mean: [Double] = Normalization.openAIMean,
    deviation: [Double] = Normalization.openAIDeviation
  ) -> PixelRecipe {
    precondition(size > 0, "an image of \(size) pixels")
    let square = PixelSize(width: size, height: size)
    return PixelRecipe(
      isRGBFirst: isRGBFirst, resizing: isSquashed ? .exactly(square) : .shorterSide(size),
      filter: filter, crop: isSquashed ? nil : CenterCrop(size: square, rounding: .toNearestOrEven),
      normalization: Normalization(dividingBy255: mean, deviation))
  }

  /// Patches that an image becomes at most; nil where all become as many.
  package var maximumPatches: Int? {
    if case .patches(let maximum, _) = resizing { return maximum }
    return nil
  }

  /// Side of the patches that are counted; nil where none are.
  package var patchSide: Int? {
    if case .patches(_, let side) = resizing { return side }
    return nil
  }

  /// What every image becomes, whatever its size; nil if that depends on the image.
  package var outputSize: PixelSize? {
    if let crop { return crop.size }
    if case .exactly(let size) = resizing { return size }
    return nil
  }

  /// The pixels that the model sees, before they are normalised.
  package func callAsFunction(_ image: Raster) -> Pixels {
    let image = isRGBFirst ? image.convertedToRGB() : image
    let size = resizing?.size(for: image.size) ?? image.size
    guard let crop else {
      let all = image.resized(to: size, filter: filter, window: PixelWindow(all: size))
      return Pixels(all, atColumn: 0, row: 0, of: size)
    }
    let left = crop.offset(in: size.width, crop.size.width)
    let top = crop.offset(in: size.height, crop.size.height)
    // What lies outside an image smaller than the crop is black.
    let window = PixelWindow(
      columns: max(0, left)..<min(size.width, left + crop.size.width),
      rows: max(0, top)..<min(size.height, top + crop.size.height))
    let part = image.resized(to: size, filter: filter, window: window)
    return Pixels(part, atColumn: max(0, -left), row: max(0, -top), of: crop.size)
  }
}

/// The middle of an image.
struct CenterCrop: Equatable, Sendable {
  let size: PixelSize
  /// What to do with half a pixel: torchvision rounds it to even, transformers 4 down.
  let rounding: FloatingPointRoundingRule

  /// Where the crop begins along one axis; negative if the image is the shorter of the two.
  func offset(in length: Int, _ cropLength: Int) -> Int {
    Int((Double(length - cropLength) / 2).rounded(rounding))
  }
}
