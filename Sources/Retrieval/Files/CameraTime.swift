import TesseraFiles
import TesseraTensors

/// When a picture was taken, as its camera wrote it: EXIF's DateTimeOriginal, without a time zone.
package enum CameraTime {
  /// `2024-05-31T18:20:00`; nil where the file does not say.
  package static func read(_ path: String) -> String? {
    guard let file = try? FileContents(path) else { return nil }
    return file.withBytes { block(in: $0).flatMap(time) }
  }

  // MARK: Where EXIF stands

  private static func block(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    if bytes.starts(with: [0xFF, 0xD8]) { return segment(ofJPEG: bytes) }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      return chunk("eXIf", of: bytes, from: 8) { bytes, place in
        // Length, name, content, checksum; the first byte weighs most.
        (number(bytes, place, 4, isBig: true), name: place + 4, content: place + 8, after: 4)
      }
    }
    guard bytes.starts(with: "RIFF".utf8) else { return nil }
    return chunk("EXIF", of: bytes, from: 12) { bytes, place in
      let length = number(bytes, place + 4, 4, isBig: false)
      return (length, name: place, content: place + 8, after: (length ?? 0) % 2)
    }
  }

  private static func segment(ofJPEG bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xFF, bytes[place + 1] != 0xDA {
      guard let length = number(bytes, place + 2, 2, isBig: true), length >= 2 else { return nil }
      let end = min(bytes.count, place + 2 + length)
      let content = UnsafeRawBufferPointer(rebasing: bytes[min(place + 4, end)..<end])
      if bytes[place + 1] == 0xE1, content.starts(with: Array("Exif".utf8) + [0, 0]) {
        return UnsafeRawBufferPointer(rebasing: content[6...])
      }
      place = end
    }
    return nil
  }

  private static func chunk(
    _ wanted: String, of bytes: UnsafeRawBufferPointer, from start: Int,
    _ layout: (UnsafeRawBufferPointer, Int) -> (Int?, name: Int, content: Int, after: Int)
  ) -> UnsafeRawBufferPointer? {
    var place = start
    while place + 8 <= bytes.count {
      let (length, name, content, after) = layout(bytes, place)
      guard let length, content + length <= bytes.count else { return nil }
      if bytes[name..<name + 4].elementsEqual(wanted.utf8) {
        return UnsafeRawBufferPointer(rebasing: bytes[content..<content + length])
      }
      place = content + length + after
    }
    return nil
  }

  // MARK: TIFF

  private static let exifFolder = 0x8769
  private static let dateTimeOriginal = 0x9003

  private static func time(in block: UnsafeRawBufferPointer) -> String? {
    let isBig = block.starts(with: "MM".utf8)
    guard isBig || block.starts(with: "II".utf8),
      let first = number(block, 4, 4, isBig: isBig),
      let folder = value(of: exifFolder, in: block, at: first, isBig: isBig),
      let place = value(of: dateTimeOriginal, in: block, at: folder, isBig: isBig),
      place + 19 <= block.count
    else { return nil }
    let text = Array(block[place..<place + 19])
    // "2024:05:31 18:20:00"; what a camera leaves blank is no time.
    let digits = Set([0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18])
    guard
      text.indices.allSatisfy({ i in
        digits.contains(i) ? (0x30...0x39).contains(text[i]) : text[i] == (i == 10 ? 0x20 : 0x3A)
      }), text[0..<4] != [0x30, 0x30, 0x30, 0x30]
    else { return nil }
    let words = String(decoding: text, as: UTF8.self).split(separator: " ")
    return words[0].replacing(":", with: "-") + "T" + words[1]
  }

  /// The four bytes of a tag: a number, or where its content stands.
  private static func value(
    of tag: Int, in block: UnsafeRawBufferPointer, at folder: Int, isBig: Bool
  ) -> Int? {
    guard let count = number(block, folder, 2, isBig: isBig) else { return nil }
    for entry in 0..<count {
      let place = folder + 2 + entry * 12
      guard let found = number(block, place, 2, isBig: isBig) else { return nil }
      if found == tag { return number(block, place + 8, 4, isBig: isBig) }
    }
    return nil
  }

  /// Nil beyond the end.
  private static func number(
    _ bytes: UnsafeRawBufferPointer, _ place: Int, _ count: Int, isBig: Bool
  ) -> Int? {
    guard place >= 0, place <= bytes.count - count else { return nil }
    return (0..<count).reduce(0) { number, i in
      number << 8 | Int(bytes[place + (isBig ? i : count - 1 - i)])
    }
  }
}
