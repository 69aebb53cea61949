/// How Idefics3 and SmolVLM read a picture: enlarged or reduced to a length, and cut into as many tiles
/// as it fills; then the whole picture as one tile more. Or as one tile alone.
///
/// The samples are those of transformers' processors on Pillow; those on torchvision, which has no
/// Lanczos for tensors, differ.
package struct SplitRecipe: Equatable, Sendable {
  /// Of a tile.
  package let side: Int
  /// The longer side that a picture gets first; nil leaves it as it is.
  private let longestEdge: Int?
  private let isSplitting: Bool
  private let filter: ResampleFilter
  package let normalization: Normalization

  /// - Throws: `RecipeError` naming file, key and value.
  package init(_ config: PreprocessorConfig) throws {
    let processor = PictureProcessor.idefics3
    try config.check(processor)
    side = try config.longestEdge("max_image_size") ?? 364
    longestEdge =
      try config.bool("do_resize") ?? true ? try config.longestEdge("size") ?? 4 * 364 : nil
    isSplitting = try config.bool("do_image_splitting") ?? true
    filter = try config.filter() ?? processor.filter
    normalization = try config.normalization(processor)
  }

  /// - Throws: `TilingError` for a picture so narrow that nothing is left of it.
  package func callAsFunction(_ picture: Raster) throws -> TiledPicture {
    let rgb = picture.convertedToRGB()
    let resized = longestEdge.map { rgb.resized(to: Self.size(of: rgb.size, longest: $0), filter) }
    let image = resized ?? rgb
    let square = PixelSize(width: side, height: side)
    guard isSplitting else {
      return TiledPicture(
        tiles: image.resized(to: square, filter).cut(side: side), rows: 0, columns: 0,
        originalSize: picture.size)
    }
    // A second time, as the reference does, from what the first has left.
    let size = Self.size(of: image.size, inTilesOf: side)
    guard size.width > 0, size.height > 0 else { throw TilingError.tooNarrow(picture.size) }
    let whole = image.resized(to: size, filter)
    guard size.width > side || size.height > side else {
      return TiledPicture(
        tiles: whole.cut(side: side), rows: 0, columns: 0, originalSize: picture.size)
    }
    return TiledPicture(
      tiles: whole.cut(side: side) + whole.resized(to: square, filter).cut(side: side),
      rows: size.height / side, columns: size.width / side, originalSize: picture.size)
  }

  /// The other side is made even, and is at least one pixel.
  private static func size(of size: PixelSize, longest: Int) -> PixelSize {
    let ratio = Double(size.width) / Double(size.height)
    func even(_ length: Double) -> Int { max(1, Int(length) + Int(length) % 2) }
    return size.width >= size.height
      ? PixelSize(width: longest, height: even(Double(longest) / ratio))
      : PixelSize(width: even(Double(longest) * ratio), height: longest)
  }

  /// Both sides are made multiples of a tile's, the longer one first.
  private static func size(of size: PixelSize, inTilesOf side: Int) -> PixelSize {
    let ratio = Double(size.width) / Double(size.height)
    func whole(_ length: Int) -> Int { (length + side - 1) / side * side }
    if size.width >= size.height {
      let width = whole(size.width)
      return PixelSize(width: width, height: whole(Int(Double(width) / ratio)))
    }
    let height = whole(size.height)
    return PixelSize(width: whole(Int(Double(height) * ratio)), height: height)
  }
}

/// Why a picture does not become tiles.
package enum TilingError: Error, Equatable, CustomStringConvertible {
  case tooNarrow(PixelSize)

  package var description: String {
    switch self {
    case .tooNarrow(let size):
      "a picture of \(size.width)×\(size.height) pixels is too narrow to be cut into tiles"
    }
  }
}
