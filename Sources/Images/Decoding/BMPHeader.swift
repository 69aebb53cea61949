/// What stands before the pixels of a Windows bitmap.
struct BMPHeader {
  let width: Int
  let height: Int
  let isTopDown: Bool
  /// Of a pixel.
  let bits: Int
  /// 0 for none, 1 and 2 for runs of 8-bit and 4-bit samples, 3 for masks.
  let compression: UInt32
  /// Where the pixels begin.
  let dataStart: Int
  let palette: Palette
  /// 256 entries of red, green, blue; those beyond the file's own are black.
  let colours: [UInt8]
  let layout: Layout

  enum Palette { case bilevel, grayRamp, colours }

  /// Where the channels of a pixel of 16, 24 or 32 bits are.
  struct Layout {
    var red = Field(mask: 0xFF_0000)
    var green = Field(mask: 0xFF00)
    var blue = Field(mask: 0xFF)
    var alpha: Field?
  }

  struct Field {
    let mask: UInt32

    /// The byte of a pixel that the field is; nil where it is none.
    var byteOffset: Int? {
      let shift = mask.trailingZeroBitCount
      return shift % 8 == 0 && mask >> UInt32(shift) == 0xFF ? shift / 8 : nil
    }

    /// The field's bits, widened to eight.
    func value(_ pixel: UInt32) -> UInt8 {
      let most = mask >> UInt32(mask.trailingZeroBitCount)
      let value = (pixel & mask) >> UInt32(mask.trailingZeroBitCount)
      return most == 0 ? 0 : UInt8(truncatingIfNeeded: value * 255 / most)
    }
  }

  private static let fileHeaderSize = 14
  private static let coreSize = 12
  private static let sizes = [12, 40, 52, 56, 64, 108, 124]
  /// From these sizes on, a header has masks of its own.
  private static let sizeWithMasks = 52
  private static let sizeWithAlphaMask = 56

  /// - Throws: `ImageError`.
  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    func unsupported(_ expected: String, _ found: String) -> ImageError {
      .unsupported(file: file, format: .bmp, expected: expected, found: found)
    }
    func number(_ position: Int, _ count: Int) -> UInt32 {
      Self.number(bytes, position, count)
    }
    let start = Self.fileHeaderSize
    guard bytes.count >= start + 4 else {
      throw ImageError.truncated(file: file, format: .bmp, byteCount: bytes.count)
    }
    let size = Int(number(start, 4))
    guard Self.sizes.contains(size) else {
      throw unsupported("a header of \(Self.sizes) bytes", "\(size)")
    }
    guard bytes.count >= start + size else {
      throw ImageError.truncated(file: file, format: .bmp, byteCount: bytes.count)
    }
    let isCore = size == Self.coreSize
    let tall = isCore ? 0 : Int(Int32(bitPattern: number(start + 8, 4)))
    width = isCore ? Int(number(start + 4, 2)) : Int(Int32(bitPattern: number(start + 4, 4)))
    height = isCore ? Int(number(start + 6, 2)) : abs(tall)
    isTopDown = tall < 0
    bits = Int(number(start + (isCore ? 10 : 14), 2))
    compression = isCore ? 0 : number(start + 16, 4)
    guard width > 0, height > 0 else {
      throw ImageError.corrupt(
        file: file, format: .bmp, reason: "a size of \(width)×\(height) pixels")
    }
    guard [1, 4, 8, 16, 24, 32].contains(bits) else {
      throw unsupported("1, 4, 8, 16, 24 or 32 bits a pixel", "\(bits)")
    }
    guard compression <= 3, (compression == 1) == (compression == 1 && bits == 8),
      (compression == 2) == (compression == 2 && bits == 4), compression != 3 || bits >= 16
    else { throw unsupported("no compression, runs or masks", "compression \(compression)") }

    let hasMasks = compression == 3
    layout =
      hasMasks
      ? try Self.layout(bytes, headerSize: size, bits: bits, file: file)
      : bits == 16
        ? Layout(red: .init(mask: 0x7C00), green: .init(mask: 0x3E0), blue: .init(mask: 0x1F))
        : Layout()
    let end = start + size + (hasMasks && size < Self.sizeWithMasks ? 12 : 0)
    let offset = Int(number(10, 4))
    guard bits <= 8 else {
      (palette, colours) = (.colours, [UInt8](repeating: 0, count: 768))
      dataStart = offset == 0 ? end : offset
      return
    }
    let stated = isCore ? 0 : Int(number(start + 32, 4))
    let count = stated == 0 ? 1 << bits : stated
    let step = isCore ? 3 : 4
    guard count <= 65536, bytes.count >= end + count * step else {
      throw ImageError.truncated(file: file, format: .bmp, byteCount: bytes.count)
    }
    (palette, colours) = Self.palette(bytes, at: end, count: count, step: step)
    // An offset right behind the header points at the palette.
    dataStart = offset == 0 || offset == start + size ? end + count * step : offset
  }

  /// A little-endian number.
  private static func number(
    _ bytes: UnsafeRawBufferPointer, _ position: Int, _ count: Int
  ) -> UInt32 {
    (0..<count).reduce(0) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) }
  }

  /// - Parameter step: bytes of an entry, which begins with blue, green and red.
  private static func palette(
    _ bytes: UnsafeRawBufferPointer, at start: Int, count: Int, step: Int
  ) -> (Palette, colours: [UInt8]) {
    var table = [UInt8](repeating: 0, count: 768)
    for i in 0..<min(count, 256) {
      for channel in 0..<3 { table[i * 3 + channel] = bytes[start + i * step + 2 - channel] }
    }
    let shades = count == 2 ? [0, 255] : Array(0..<min(count, 256))
    let isGray = shades.enumerated().allSatisfy { i, shade in
      table[i * 3..<i * 3 + 3].allSatisfy { Int($0) == shade }
    }
    return (isGray && count <= 256 ? (count == 2 ? .bilevel : .grayRamp) : .colours, table)
  }

  /// Reads the masks, which stand behind a header that has no room for them.
  private static func layout(
    _ bytes: UnsafeRawBufferPointer, headerSize: Int, bits: Int, file: String
  ) throws -> Layout {
    let start = fileHeaderSize + 40
    let hasAlpha = headerSize >= sizeWithAlphaMask
    guard bytes.count >= start + (hasAlpha ? 16 : 12) else {
      throw ImageError.truncated(file: file, format: .bmp, byteCount: bytes.count)
    }
    let masks = (0..<3).map { number(bytes, start + $0 * 4, 4) }
    let alpha = hasAlpha ? number(bytes, start + 12, 4) : 0
    guard let layout = layout(masks, alpha, bits: bits) else {
      throw ImageError.unsupported(
        file: file, format: .bmp, expected: "fields of 8 bits, 5 or 6",
        found: "masks \(masks + [alpha])")
    }
    return layout
  }

  /// The layouts that Pillow reads; nil for others.
  private static func layout(_ masks: [UInt32], _ alpha: UInt32, bits: Int) -> Layout? {
    let colours = Layout(
      red: .init(mask: masks[0]), green: .init(mask: masks[1]), blue: .init(mask: masks[2]))
    switch bits {
    case 16:
      return [[0xF800, 0x7E0, 0x1F], [0x7C00, 0x3E0, 0x1F]].contains(masks) ? colours : nil
    case 24: return masks == [0xFF_0000, 0xFF00, 0xFF] ? colours : nil
    default:
      if masks == [0, 0, 0], alpha == 0 {
        return Layout(alpha: .init(mask: 0xFF00_0000))
      }
      let all = masks + (alpha == 0 ? [] : [alpha])
      let bytes: Set<UInt32> = [0xFF, 0xFF00, 0xFF_0000, 0xFF00_0000]
      guard all.allSatisfy(bytes.contains), Set(all).count == all.count else { return nil }
      var layout = colours
      layout.alpha = alpha == 0 ? nil : .init(mask: alpha)
      return layout
    }
  }
}
