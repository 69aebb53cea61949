/// What a file may ask for before it is decoded.
package struct ImageLimits: Equatable, Sendable {
  /// Width times height, checked against the file's header before memory is taken.
  package let maximumPixelCount: Int

  /// The default is the bound at which Pillow 13 raises its decompression-bomb error,
  /// 2 × 89,478,485 pixels.
  package init(maximumPixelCount: Int = 178_956_970) {
    precondition(maximumPixelCount > 0, "maximumPixelCount is \(maximumPixelCount)")
    self.maximumPixelCount = maximumPixelCount
  }

  func check(width: Int, height: Int, of file: String) throws {
    let (count, overflows) = width.multipliedReportingOverflow(by: height)
    guard !overflows, count <= maximumPixelCount else {
      throw ImageError.tooManyPixels(
        file: file, width: width, height: height, limit: maximumPixelCount)
    }
  }
}
