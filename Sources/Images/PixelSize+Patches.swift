extension PixelSize {
  /// The size of an image whose sides are whole patches, and which has about the shape of `size`: the
  /// largest of which no more than `maximum` patches are needed.
  ///
  /// `get_image_size_for_max_num_patches` of transformers: a search by halves, down to 10⁻⁵.
  static func covering(_ size: PixelSize, withPatches maximum: Int, side: Int) -> PixelSize {
    func patches(_ length: Int, _ scale: Double) -> Int {
      max(1, Int((Double(length) * scale / Double(side)).rounded(.up)))
    }
    let precision = 1e-5
    var (low, high) = (precision / 10, 100.0)
    while high - low >= precision {
      let scale = (low + high) / 2
      if patches(size.height, scale) * patches(size.width, scale) <= maximum {
        low = scale
      } else {
        high = scale
      }
    }
    return PixelSize(
      width: patches(size.width, low) * side, height: patches(size.height, low) * side)
  }
}
