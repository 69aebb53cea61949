/// Decodes Windows bitmaps, OS/2's first ones too, to the modes that Pillow gives them.
struct BMPDecoder {
  let bytes: UnsafeRawBufferPointer
  let file: String

  func decode(_ limits: ImageLimits) throws -> Raster {
    let header = try BMPHeader(bytes, file: file)
    try limits.check(width: header.width, height: header.height, of: file)
    let raster =
      switch header.bits {
      case 1, 4, 8: try indexed(header)
      default: try colours(header)
      }
    return raster
  }

  /// Rows from the top on.
  private func row(_ index: Int, of header: BMPHeader) -> Int {
    header.isTopDown ? index : header.height - 1 - index
  }

  private func indexed(_ header: BMPHeader) throws -> Raster {
    let count = header.width * header.height
    var samples = [UInt8](repeating: 0, count: count)
    if header.compression == 0 {
      try forEachRow(header) { row, source in
        for x in 0..<header.width {
          let bit = x * header.bits
          let byte = source[bit >> 3]
          samples[row * header.width + x] =
            byte >> UInt8(8 - header.bits - bit & 7)
            & UInt8(truncatingIfNeeded: 1 << header.bits - 1)
        }
      }
    } else {
      let runs = BMPRuns(
        width: header.width, height: header.height, hasNibbles: header.compression == 2)
      guard header.dataStart <= bytes.count,
        let stored = runs.decode(UnsafeRawBufferPointer(rebasing: bytes[header.dataStart...]))
      else { throw truncated }
      for y in 0..<header.height {
        let target = row(y, of: header) * header.width
        samples.replaceSubrange(
          target..<target + header.width, with: stored[y * header.width..<(y + 1) * header.width])
      }
    }
    switch header.palette {
    case .bilevel where header.bits == 1:
      return raster(header, .bilevel, samples.map { $0 * 255 })
    case .grayRamp where header.bits == 8: return raster(header, .gray, samples)
    case .bilevel, .grayRamp, .colours:
      return Raster(
        mode: .palette, width: header.width, height: header.height, samples: .bytes(samples),
        palette: header.colours)
    }
  }

  private func colours(_ header: BMPHeader) throws -> Raster {
    let mode: Raster.Mode = header.layout.alpha == nil ? .rgb : .rgba
    let channels = mode.channelCount
    let step = header.bits / 8
    let layout = header.layout
    let fields = [layout.red, layout.green, layout.blue] + (layout.alpha.map { [$0] } ?? [])
    // Fields of whole bytes, which all but 16-bit pixels have, are copied.
    let offsets = fields.compactMap(\.byteOffset)
    let isCopied = step > 2 && offsets.count == fields.count
    let samples = try [UInt8](
      unsafeUninitializedCapacity: header.width * header.height * channels
    ) { out, initialized in
      try forEachRow(header) { row, source in
        let start = row * header.width * channels
        if isCopied {
          for (channel, offset) in offsets.enumerated() {
            for x in 0..<header.width {
              out[start + x * channels + channel] = source[x * step + offset]
            }
          }
          return
        }
        for x in 0..<header.width {
          let pixel = (0..<step).reduce(UInt32(0)) {
            $0 | UInt32(source[x * step + $1]) << UInt32(8 * $1)
          }
          for channel in 0..<channels {
            out[start + x * channels + channel] = fields[channel].value(pixel)
          }
        }
      }
      initialized = header.width * header.height * channels
    }
    return raster(header, mode, samples)
  }

  private func forEachRow(
    _ header: BMPHeader, _ body: (_ row: Int, _ source: UnsafeRawBufferPointer) -> Void
  ) throws {
    // Rows end on whole words.
    let stride = (header.width * header.bits + 31) / 32 * 4
    guard header.dataStart <= bytes.count,
      header.height <= (bytes.count - header.dataStart) / stride
    else { throw truncated }
    for y in 0..<header.height {
      let start = header.dataStart + y * stride
      body(row(y, of: header), UnsafeRawBufferPointer(rebasing: bytes[start..<start + stride]))
    }
  }

  private func raster(_ header: BMPHeader, _ mode: Raster.Mode, _ samples: [UInt8]) -> Raster {
    Raster(mode: mode, width: header.width, height: header.height, samples: .bytes(samples))
  }

  private var truncated: ImageError {
    .truncated(file: file, format: .bmp, byteCount: bytes.count)
  }
}

/// Run-length coded rows of a bitmap, from the bottom on.
private struct BMPRuns {
  let width: Int
  let height: Int
  /// Whether a byte holds two samples of four bits.
  let hasNibbles: Bool

  /// All samples; what the file leaves out is the first colour. Nil where the file ends before.
  func decode(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    var samples = [UInt8](repeating: 0, count: width * height)
    var (x, y, position) = (0, 0, 0)
    func put(_ sample: UInt8) {
      if x < width, y < height { samples[y * width + x] = sample }
      x += 1
    }
    func sample(_ index: Int, of byte: UInt8) -> UInt8 {
      hasNibbles ? (index % 2 == 0 ? byte >> 4 : byte & 15) : byte
    }
    while position + 1 < bytes.count {
      let (count, value) = (Int(bytes[position]), bytes[position + 1])
      position += 2
      if count > 0 {
        for i in 0..<min(count, width) { put(sample(i, of: value)) }
        continue
      }
      switch value {
      case 0: (x, y) = (0, y + 1)
      case 1: return samples
      case 2:
        guard position + 1 < bytes.count else { return nil }
        x += Int(bytes[position])
        y += Int(bytes[position + 1])
        position += 2
      default:
        let length = hasNibbles ? (Int(value) + 1) / 2 : Int(value)
        guard position + length <= bytes.count else { return nil }
        for i in 0..<Int(value) {
          put(sample(i, of: bytes[position + (hasNibbles ? i / 2 : i)]))
        }
        // Literal samples end on a word of 16 bits.
        position += (length + 1) / 2 * 2
      }
    }
    return y >= height || (y == height - 1 && x >= width) ? samples : nil
  }
}
