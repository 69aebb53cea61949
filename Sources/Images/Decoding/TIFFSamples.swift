import CTesseraImageCodecs

/// Reads the samples of a TIFF file: those that count, side by side, a byte each, two or four.
struct TIFFSamples {
  private let tiff: OpaquePointer
  private let layout: TIFFLayout
  private let file: String

  init(_ tiff: OpaquePointer, _ layout: TIFFLayout, file: String) {
    self.tiff = tiff
    self.layout = layout
    self.file = file
  }

  /// Tiles, or strips as tiles of the picture's width, decoded one by one.
  func read() throws -> [UInt8] {
    let tiling = try tiling()
    let wanted = layout.colours.sampleCount
    var samples = [UInt8](
      repeating: 0, count: layout.width * layout.height * wanted * sampleWidth)
    var tile = [UInt8](repeating: 0, count: tiling.byteCount)
    for plane in 0..<(layout.isPlanar ? min(layout.storedSamples, wanted) : 1) {
      for top in stride(from: 0, to: layout.height, by: tiling.height) {
        for left in stride(from: 0, to: layout.width, by: tiling.width) {
          try read(&tile, left, top, plane, isTiled: tiling.isTiled)
          let count = min(tiling.width, layout.width - left)
          for y in 0..<min(tiling.height, layout.height - top) {
            let first = (top + y) * layout.width + left
            copy(
              tile, from: y * tiling.rowBytes, plane, to: first..<first + count, of: &samples)
          }
        }
      }
    }
    return samples
  }

  private struct Tiling {
    let isTiled: Bool
    let width: Int
    let height: Int
    /// Of a tile as it is decoded.
    let byteCount: Int
    let rowBytes: Int
  }

  private func tiling() throws -> Tiling {
    let isTiled = TIFFIsTiled(tiff) != 0
    let width = isTiled ? Int(tessera_tiff_long(tiff, UInt32(TIFFTAG_TILEWIDTH))) : layout.width
    let stated = Int(
      tessera_tiff_long(tiff, UInt32(isTiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP)))
    let height = isTiled ? stated : min(stated == 0 ? layout.height : stated, layout.height)
    let byteCount = Int(isTiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff))
    let rowBytes = (width * interleavedSamples * layout.bits + 7) / 8
    // A tile of more bytes than the picture has is an attack on memory.
    let (limit, overflow) = rowBytes.multipliedReportingOverflow(by: max(height, 1))
    guard width > 0, height > 0, !overflow, byteCount >= limit, byteCount <= 1 << 31,
      isTiled || byteCount <= limit + 64
    else { throw corrupt("tiles of \(width)×\(height) pixels in \(byteCount) bytes") }
    return Tiling(
      isTiled: isTiled, width: width, height: height, byteCount: byteCount, rowBytes: rowBytes)
  }

  /// Samples that stand side by side in a tile.
  private var interleavedSamples: Int { layout.isPlanar ? 1 : layout.storedSamples }

  /// Bytes of a sample as it is given.
  private var sampleWidth: Int { layout.bits <= 8 ? 1 : layout.bits <= 16 ? 2 : 4 }

  /// Takes the samples that count from a row of a tile.
  ///
  /// - Parameters:
  ///   - start: where the row begins in the tile.
  ///   - pixels: where it belongs in the picture, counted row by row.
  private func copy(
    _ tile: [UInt8], from start: Int, _ plane: Int, to pixels: Range<Int>,
    of samples: inout [UInt8]
  ) {
    let wanted = layout.colours.sampleCount
    let (width, interleaved) = (sampleWidth, interleavedSamples)
    let isWhole = layout.bits.isMultiple(of: 8)
    if isWhole, !layout.isPlanar, wanted == layout.storedSamples {
      // Nothing is taken apart or left out.
      let (target, count) = (pixels.lowerBound * wanted * width, pixels.count * wanted * width)
      samples.replaceSubrange(target..<target + count, with: tile[start..<start + count])
      return
    }
    for (x, pixel) in pixels.enumerated() {
      for sample in 0..<(layout.isPlanar ? 1 : wanted) {
        let target = (pixel * wanted + (layout.isPlanar ? plane : sample)) * width
        let bit = (x * interleaved + sample) * layout.bits
        let source = start + bit >> 3
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
