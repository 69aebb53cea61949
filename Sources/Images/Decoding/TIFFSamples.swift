import CTesseraImageCodecs

/// Reads the samples of a TIFF file: those that count, side by side, a byte each, two or four.
struct TIFFSamples {
  private let tiff: OpaquePointer
  private let layout: TIFFLayout
  private let fileSize: Int
  private let file: String

  init(_ tiff: OpaquePointer, _ layout: TIFFLayout, fileSize: Int, file: String) {
    self.tiff = tiff
    self.layout = layout
    self.fileSize = fileSize
    self.file = file
  }

  /// Tiles, or strips as tiles of the picture's width, decoded one by one.
  func read() throws -> [UInt8] {
    let isTiled = TIFFIsTiled(tiff) != 0
    let tileWidth =
      isTiled ? Int(tessera_tiff_long(tiff, UInt32(TIFFTAG_TILEWIDTH))) : layout.width
    let stated = Int(
      tessera_tiff_long(tiff, UInt32(isTiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP)))
    let tileHeight = isTiled ? stated : min(stated == 0 ? layout.height : stated, layout.height)
    let byteCount = Int(isTiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff))
    let planes = layout.isPlanar ? layout.storedSamples : 1
    let interleaved = layout.isPlanar ? 1 : layout.storedSamples
    let rowBytes = (tileWidth * interleaved * layout.bits + 7) / 8
    // A tile of more bytes than the picture has is an attack on memory.
    let (limit, overflow) = rowBytes.multipliedReportingOverflow(by: max(tileHeight, 1))
    guard tileWidth > 0, tileHeight > 0, !overflow, byteCount >= limit, byteCount <= 1 << 31,
      isTiled || byteCount <= limit + 64
    else { throw corrupt("tiles of \(tileWidth)×\(tileHeight) pixels in \(byteCount) bytes") }

    let wanted = layout.colours.sampleCount
    let width = layout.bits <= 8 ? 1 : layout.bits <= 16 ? 2 : 4
    let isWhole = layout.bits.isMultiple(of: 8)
    var samples = [UInt8](repeating: 0, count: layout.width * layout.height * wanted * width)
    var tile = [UInt8](repeating: 0, count: byteCount)
    for plane in 0..<min(planes, wanted) {
      for top in stride(from: 0, to: layout.height, by: tileHeight) {
        for left in stride(from: 0, to: layout.width, by: tileWidth) {
          try read(&tile, left, top, plane, isTiled: isTiled)
          for y in 0..<min(tileHeight, layout.height - top) {
            if isWhole, !layout.isPlanar, wanted == layout.storedSamples {
              // Nothing is taken apart or left out.
              let count = min(tileWidth, layout.width - left) * wanted * width
              let target = ((top + y) * layout.width + left) * wanted * width
              samples.replaceSubrange(
                target..<target + count, with: tile[y * rowBytes..<y * rowBytes + count])
              continue
            }
            for x in 0..<min(tileWidth, layout.width - left) {
              let pixel = ((top + y) * layout.width + left + x) * wanted
              for sample in 0..<(layout.isPlanar ? 1 : wanted) {
                let target = (pixel + (layout.isPlanar ? plane : sample)) * width
                let bit = (x * interleaved + sample) * layout.bits
                let source = y * rowBytes + bit >> 3
                if isWhole {
                  for byte in 0..<width { samples[target + byte] = tile[source + byte] }
                } else if layout.bits == 12 {
                  // The higher bits come first; every other sample begins within a byte.
                  let pair = UInt16(tile[source]) << 8 | UInt16(tile[source + 1])
                  let value = bit & 7 == 0 ? pair >> 4 : pair & 0xFFF
                  samples.withUnsafeMutableBytes {
                    $0.storeBytes(of: value, toByteOffset: target, as: UInt16.self)
                  }
                } else {
                  samples[target] =
                    tile[source] >> UInt8(8 - layout.bits - bit & 7)
                    & UInt8(truncatingIfNeeded: 1 << layout.bits - 1)
                }
              }
            }
          }
        }
      }
    }
    return samples
  }

  private func read(
    _ tile: inout [UInt8], _ left: Int, _ top: Int, _ plane: Int, isTiled: Bool
  ) throws {
    let count = tmsize_t(tile.count)
    let read = tile.withUnsafeMutableBytes { out -> tmsize_t in
      if isTiled {
        let index = TIFFComputeTile(tiff, UInt32(left), UInt32(top), 0, UInt16(plane))
        return TIFFReadEncodedTile(tiff, index, out.baseAddress, count)
      }
      let index = TIFFComputeStrip(tiff, UInt32(top), UInt16(plane))
      return TIFFReadEncodedStrip(tiff, index, out.baseAddress, count)
    }
    guard read > 0 else { throw corrupt("data that cannot be decoded, or is missing") }
  }

  private func corrupt(_ reason: String) -> ImageError {
    .corrupt(file: file, format: .tiff, reason: reason)
  }
}
