import CTesseraPictureLibraries

/// Decodes AVIF files: libavif, if the system has it, gives the planes, which AV1 determines to the bit;
/// what becomes of them is computed here, as in Pillow.
struct AVIFDecoder {
  let bytes: UnsafeRawBufferPointer
  let file: String

  func decode(_ limits: ImageLimits) throws -> Raster {
    guard tessera_avif_is_there() != 0 else {
      throw ImageError.noLibrary(file: file, format: .avif, library: "libavif")
    }
    if let size = ISOBoxes(bytes: bytes).size {
      try limits.check(width: size.width, height: size.height, of: file)
    }
    guard let image = tessera_avif_new_image() else { throw corrupt("no memory") }
    defer { tessera_avif_free_image(image) }
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    if let reason = tessera_avif_read(image, start, bytes.count) {
      throw corrupt(String(cString: reason))
    }
    return try raster(image.pointee, limits)
  }

  private func raster(_ image: tessera_avif_image, _ limits: ImageLimits) throws -> Raster {
    let (width, height) = (Int(image.width), Int(image.height))
    try limits.check(width: width, height: height, of: file)
    func unsupported(_ expected: String, _ found: String) -> ImageError {
      .unsupported(file: file, format: .avif, expected: expected, found: found)
    }
    guard image.is_premultiplied == 0 else {
      throw unsupported("alpha of its own", "alpha that the colours are multiplied with")
    }
    guard let format = YUVPlanes.Format(rawValue: Int(image.format)) else {
      throw unsupported("4:4:4, 4:2:2, 4:2:0 or gray", "pixel format \(image.format)")
    }
    func plane(_ start: UnsafeMutablePointer<UInt8>?, _ rowBytes: UInt32, isChroma: Bool)
      -> [UInt8]?
    {
      guard let start else { return nil }
      let (columns, rows) = isChroma ? format.chromaSize(width, height) : (width, height)
      return Self.bytes(
        start, rowBytes: Int(rowBytes), width: columns, height: rows, depth: Int(image.depth))
    }
    let alpha = plane(image.alpha, image.alpha_row_bytes, isChroma: false)
    guard let y = plane(image.planes.0, image.row_bytes.0, isChroma: false) else {
      throw corrupt("no picture")
    }
    if format == .gray {
      guard alpha == nil else { throw unsupported("gray without alpha", "gray with alpha") }
      let gray = image.is_full_range != 0 ? y : y.map(YUVPlanes.fullRange)
      return Raster(mode: .gray, width: width, height: height, samples: .bytes(gray))
    }
    guard let u = plane(image.planes.1, image.row_bytes.1, isChroma: true),
      let v = plane(image.planes.2, image.row_bytes.2, isChroma: true)
    else { throw corrupt("no colours") }
    let planes = YUVPlanes(format: format, width: width, height: height, y: y, u: u, v: v)
    let isFull = image.is_full_range != 0
    if image.matrix == YUVMatrix.identity, format == .full, isFull, image.depth == 8 {
      return Raster(mode: alpha == nil ? .rgb : .rgba, planes.colours(alpha), width, height)
    }
    guard let matrix = YUVMatrix(Int(image.matrix), isFullRange: isFull) else {
      throw unsupported(
        "colours by BT.601, BT.709, BT.2020 or as they are", "matrix \(image.matrix)")
    }
    return Raster(
      mode: alpha == nil ? .rgb : .rgba, planes.rgb(by: matrix, alpha), width, height)
  }

  /// The highest 8 bits of each sample.
  private static func bytes(
    _ start: UnsafeMutablePointer<UInt8>, rowBytes: Int, width: Int, height: Int, depth: Int
  ) -> [UInt8] {
    (0..<height).flatMap { row in
      let line = UnsafeRawPointer(start + row * rowBytes)
      return (0..<width).map { column in
        depth == 8
          ? line.load(fromByteOffset: column, as: UInt8.self)
          : UInt8(
            truncatingIfNeeded: line.load(fromByteOffset: column * 2, as: UInt16.self)
              >> (depth - 8))
      }
    }
  }

  private func corrupt(_ reason: String) -> ImageError {
    .corrupt(file: file, format: .avif, reason: reason)
  }
}

extension Raster {
  fileprivate init(mode: Mode, _ bytes: [UInt8], _ width: Int, _ height: Int) {
    self.init(mode: mode, width: width, height: height, samples: .bytes(bytes))
  }
}
