/// How a picture is to be turned so that its top is up: 1 to 8, as EXIF has it.
enum Orientation {
  /// Reads tag 0x112 of an EXIF block, which is a small TIFF file; nil where there is none.
  static func read(exif bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count >= 8 else { return nil }
    let isBigEndian = bytes[0] == UInt8(ascii: "M")
    func number(_ position: Int, _ count: Int) -> Int? {
      guard position >= 0, position + count <= bytes.count else { return nil }
      let range = bytes[position..<position + count]
      return (isBigEndian ? Array(range) : range.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else {
      return nil
    }
    for i in 0..<count {
      let entry = directory + 2 + i * 12
      guard let tag = number(entry, 2) else { return nil }
      // A short, whose value stands in the entry itself.
      guard tag == 0x112 else { continue }
      guard number(entry + 2, 2) == 3, let value = number(entry + 8, 2), (1...8).contains(value)
      else { return nil }
      return value
    }
    return nil
  }
}

extension Raster {
  /// The picture as its orientation says, as Pillow's `ImageOps.exif_transpose` turns it.
  func turned(as orientation: Int) -> Raster {
    guard (2...8).contains(orientation) else { return self }
    let turned =
      switch samples {
      case .bytes(let samples): with(grid(samples).turned(as: orientation))
      case .words(let samples): with(grid(samples).turned(as: orientation))
      case .integers(let samples): with(grid(samples).turned(as: orientation))
      case .floats(let samples): with(grid(samples).turned(as: orientation))
      }
    return turned.with(transparency: transparency, orientation: 1)
  }
}

extension Grid {
  fileprivate func turned(as orientation: Int) -> Grid {
    // From 5 on rows become columns.
    let isTransposed = orientation >= 5
    let (newWidth, newHeight) = isTransposed ? (height, width) : (width, height)
    let fromRight = [2, 3, 7, 8].contains(orientation)
    let fromBottom = [3, 4, 6, 7].contains(orientation)
    return Grid(width: newWidth, height: newHeight, channels: channels) { out in
      samples.withUnsafeBufferPointer { source in
        for y in 0..<newHeight {
          for x in 0..<newWidth {
            let (column, row) = isTransposed ? (y, x) : (x, y)
            let from =
              (fromBottom ? height - 1 - row : row) * width
              + (fromRight ? width - 1 - column : column)
            let to = y * newWidth + x
            for channel in 0..<channels {
              out[to * channels + channel] = source[from * channels + channel]
            }
          }
        }
      }
    }
  }
}
