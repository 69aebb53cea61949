import CTesseraImageCodecs

/// Decodes the first frame of GIF files by giflib, on its canvas, as Pillow does: where the frame
/// leaves the canvas bare there is the transparent colour, or else the first.
struct GIFDecoder {
  let bytes: UnsafeRawBufferPointer
  let file: String

  /// Where giflib has read to.
  private struct Source {
    let bytes: UnsafeRawBufferPointer
    var position = 0
  }

  func decode(_ limits: ImageLimits) throws -> Raster {
    guard bytes.count >= 13 else { throw truncated }
    var source = Source(bytes: bytes)
    return try withUnsafeMutablePointer(to: &source) { source in
      var code: CInt = 0
      let gif = DGifOpen(
        source,
        { gif, out, count in
          guard let gif, let out, let source = gif.pointee.UserData else { return 0 }
          return source.withMemoryRebound(to: Source.self, capacity: 1) { source in
            let start = source.pointee.position
            let taken = min(Int(count), source.pointee.bytes.count - start)
            guard taken > 0 else { return 0 }
            UnsafeMutableRawBufferPointer(start: out, count: taken)
              .copyMemory(from: .init(rebasing: source.pointee.bytes[start..<start + taken]))
            source.pointee.position += taken
            return CInt(taken)
          }
        }, &code)
      guard let gif else { throw failure(code) }
      defer { DGifCloseFile(gif, &code) }
      return try firstFrame(of: gif, limits)
    }
  }

  private func firstFrame(
    of gif: UnsafeMutablePointer<GifFileType>, _ limits: ImageLimits
  ) throws -> Raster {
    let transparent = try readToFrame(gif)
    let frame = gif.pointee.Image
    // A frame that reaches beyond the canvas widens it.
    let width = max(Int(gif.pointee.SWidth), Int(frame.Left) + Int(frame.Width))
    let height = max(Int(gif.pointee.SHeight), Int(frame.Top) + Int(frame.Height))
    guard width > 0, height > 0, frame.Width > 0, frame.Height > 0, frame.Left >= 0, frame.Top >= 0
    else {
      throw ImageError.corrupt(
        file: file, format: .gif, reason: "a size of \(width)×\(height) pixels")
    }
    try limits.check(width: width, height: height, of: file)

    var samples = [UInt8](repeating: transparent ?? 0, count: width * height)
    var line = [UInt8](repeating: 0, count: Int(frame.Width))
    for row in Self.rows(Int(frame.Height), isInterlaced: frame.Interlace) {
      guard DGifGetLine(gif, &line, CInt(line.count)) != 0 else { throw failure(gif.pointee.Error) }
      let start = (Int(frame.Top) + row) * width + Int(frame.Left)
      samples.replaceSubrange(start..<start + line.count, with: line)
    }
    let palette = Self.palette(frame.ColorMap) ?? Self.palette(gif.pointee.SColorMap)
    let transparency = transparent.map(Raster.Transparency.index)
    guard let palette, !Self.isGrayRamp(palette.colours, count: palette.count) else {
      return Raster(
        mode: .gray, width: width, height: height, samples: .bytes(samples),
        transparency: transparent.map { .gray(UInt16($0)) })
    }
    return Raster(
      mode: .palette, width: width, height: height, samples: .bytes(samples),
      palette: palette.colours, transparency: transparency)
  }

  /// Goes to the first frame.
  ///
  /// - Returns: its transparent colour, if it has one.
  private func readToFrame(_ gif: UnsafeMutablePointer<GifFileType>) throws -> UInt8? {
    var transparent: UInt8?
    while true {
      var record = UNDEFINED_RECORD_TYPE
      guard DGifGetRecordType(gif, &record) != 0 else { throw failure(gif.pointee.Error) }
      switch record {
      case IMAGE_DESC_RECORD_TYPE:
        guard DGifGetImageDesc(gif) != 0 else { throw failure(gif.pointee.Error) }
        return transparent
      case EXTENSION_RECORD_TYPE:
        var kind: CInt = 0
        var block: UnsafeMutablePointer<UInt8>?
        guard DGifGetExtension(gif, &kind, &block) != 0 else { throw failure(gif.pointee.Error) }
        // The block's length stands before it.
        if kind == GRAPHICS_EXT_FUNC_CODE, let block, block[0] >= 4, block[1] & 1 != 0 {
          transparent = block[4]
        }
        while block != nil {
          guard DGifGetExtensionNext(gif, &block) != 0 else { throw failure(gif.pointee.Error) }
        }
      default:
        throw ImageError.corrupt(file: file, format: .gif, reason: "it has no picture")
      }
    }
  }

  /// The rows in the order in which they are stored.
  private static func rows(_ height: Int, isInterlaced: Bool) -> [Int] {
    guard isInterlaced else { return Array(0..<height) }
    return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { first, step in
      Array(stride(from: first, to: height, by: step))
    }
  }

  /// 256 entries; those beyond the file's own are black.
  private static func palette(
    _ map: UnsafeMutablePointer<ColorMapObject>?
  ) -> (colours: [UInt8], count: Int)? {
    guard let map, let colours = map.pointee.Colors else { return nil }
    var palette = [UInt8](repeating: 0, count: 768)
    let count = min(256, Int(map.pointee.ColorCount))
    for i in 0..<count {
      (palette[i * 3], palette[i * 3 + 1], palette[i * 3 + 2]) =
        (colours[i].Red, colours[i].Green, colours[i].Blue)
    }
    return (palette, count)
  }

  /// Whether each entry is its own index; then samples are shades of gray.
  private static func isGrayRamp(_ palette: [UInt8], count: Int) -> Bool {
    (0..<count).allSatisfy { i in palette[i * 3..<i * 3 + 3].allSatisfy { Int($0) == i } }
  }

  private var truncated: ImageError {
    .truncated(file: file, format: .gif, byteCount: bytes.count)
  }

  private func failure(_ code: CInt) -> ImageError {
    let ends = [D_GIF_ERR_READ_FAILED, D_GIF_ERR_EOF_TOO_SOON, D_GIF_ERR_NO_SCRN_DSCR]
    if ends.contains(code) { return truncated }
    let reason = GifErrorString(code).map { String(cString: $0) } ?? "error \(code)"
    return .corrupt(file: file, format: .gif, reason: reason)
  }
}
