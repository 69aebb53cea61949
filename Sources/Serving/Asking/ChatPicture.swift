import TesseraChat
import TesseraImages

extension ChatRequest.Picture {
  /// What a person sees of a file, made as small as a chat model looks at, as a JPEG without anything
  /// that a camera wrote into it.
  ///
  /// - Parameter pixels: of the longer side, at most.
  /// - Throws: what is wrong with the file.
  package init(file: String, pixels: Int) throws {
    try self.init(Raster(contentsOf: file), pixels: pixels)
  }

  /// - Throws: what is wrong with the picture.
  init(_ raster: Raster, pixels: Int) throws {
    let raster = raster.shown()
    let scale = min(1, Double(pixels) / Double(max(raster.width, raster.height)))
    let size = PixelSize(
      width: max(1, Int((Double(raster.width) * scale).rounded())),
      height: max(1, Int((Double(raster.height) * scale).rounded())))
    let small = raster.resized(to: size, filter: .bicubic, window: PixelWindow(all: size))
    guard case .bytes(let rgb) = small.samples else {
      preconditionFailure("a picture that is shown has bytes")
    }
    let jpeg = try Pixels(width: size.width, height: size.height, rgb: rgb).jpeg(quality: 85)
    self.init(type: "image/jpeg", bytes: jpeg)
  }
}
