/// What must be known of a JPEG file before it is decoded: its size, and that it is complete.
///
/// libjpeg makes up the missing end of a file and only warns; Pillow refuses such files, and so
/// does this walk over the markers (ITU-T T.81, annex B).
struct JPEGHeader {
  let width: Int
  let height: Int
  let componentCount: Int

  init(bytes: UnsafeRawBufferPointer, file: String) throws {
    var markers = JPEGMarkers(bytes: bytes)
    var frame: JPEGHeader?
    while let marker = markers.next() {
      switch marker {
      case 0xD9:
        guard let frame else {
          throw ImageError.corrupt(file: file, format: .jpeg, reason: "it has no frame header")
        }
        self = frame
        return
      // Tables and arithmetic conditioning share the range of the frame headers.
      case 0xC0...0xCF where marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
        guard let segment = markers.readSegment() else { break }
        if frame == nil { frame = try JPEGHeader(frame: segment, marker: marker, file: file) }
      default:
        _ = markers.readSegment()
      }
    }
    if let length = markers.invalidLength {
      throw ImageError.corrupt(
        file: file, format: .jpeg, reason: "a segment of \(length) bytes, under the least of 2")
    }
    throw ImageError.truncated(file: file, format: .jpeg, byteCount: bytes.count)
  }

  /// EXIF's block, behind its name; nil where there is none.
  static func exif(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var markers = JPEGMarkers(bytes: bytes)
    let name = Array("Exif\0\0".utf8)
    while let marker = markers.next(), marker != 0xDA, marker != 0xD9 {
      guard let segment = markers.readSegment() else { return nil }
      if marker == 0xE1, segment.starts(with: name) {
        return UnsafeRawBufferPointer(rebasing: segment.dropFirst(name.count))
      }
    }
    return nil
  }

  private init(frame segment: Slice<UnsafeRawBufferPointer>, marker: UInt8, file: String) throws {
    let bytes = UnsafeRawBufferPointer(rebasing: segment)
    guard bytes.count >= 6 else {
      throw ImageError.corrupt(
        file: file, format: .jpeg, reason: "a frame header of \(bytes.count) bytes")
    }
    guard [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].contains(marker) else {
      throw ImageError.unsupported(
        file: file, format: .jpeg, expected: "a sequential or progressive frame",
        found: "a lossless or hierarchical one (SOF\(marker & 15))")
    }
    guard bytes[0] == 8 else {
      throw ImageError.unsupported(
        file: file, format: .jpeg, expected: "8-bit samples", found: "\(bytes[0])-bit ones")
    }
    height = Int(bytes[1]) << 8 | Int(bytes[2])
    width = Int(bytes[3]) << 8 | Int(bytes[4])
    componentCount = Int(bytes[5])
    guard width > 0, height > 0 else {
      throw ImageError.corrupt(
        file: file, format: .jpeg, reason: "a size of \(width)×\(height) pixels")
    }
  }
}

/// Walks over the markers of a JPEG file, skipping what lies between them.
private struct JPEGMarkers {
  let bytes: UnsafeRawBufferPointer
  private var position = 2
  /// The length of a segment that cannot be; the walk ends there.
  private(set) var invalidLength: Int?

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next marker that is neither a stuffed byte, a filler nor a restart; nil at the end.
  mutating func next() -> UInt8? {
    guard invalidLength == nil else { return nil }
    while position + 1 < bytes.count {
      guard bytes[position] == 0xFF else {
        position += 1
        continue
      }
      let marker = bytes[position + 1]
      switch marker {
      case 0xFF: position += 1
      case 0x00, 0x01, 0xD0...0xD8: position += 2
      default:
        position += 2
        return marker
      }
    }
    return nil
  }

  /// The segment behind a marker, without its length; nil if the file ends before it does.
  mutating func readSegment() -> Slice<UnsafeRawBufferPointer>? {
    guard bytes.count - position >= 2 else {
      position = bytes.count
      return nil
    }
    let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
    guard length >= 2 else {
      invalidLength = length
      return nil
    }
    guard bytes.count - position >= length else {
      position = bytes.count
      return nil
    }
    defer { position += length }
    return bytes[position + 2..<position + length]
  }
}
