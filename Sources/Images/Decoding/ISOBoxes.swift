/// The boxes of a file of ISO's base media format, as far as pictures need them.
///
/// ISO/IEC 14496-12, and 23008-12 for the properties of pictures.
package struct ISOBoxes {
  private let bytes: UnsafeRawBufferPointer

  package init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The brands that a file says it follows, its own first; none for a file that is not made of boxes.
  package var brands: [String] {
    guard bytes.dropFirst(4).starts(with: "ftyp".utf8) else { return [] }
    let box = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.number(bytes, 0)).dropFirst(8))
    // Behind the first brand stands its version.
    return ([0] + Array(stride(from: 8, to: box.count, by: 4))).map {
      String(decoding: box.dropFirst($0).prefix(4), as: UTF8.self)
    }
  }

  /// Width and height of the largest picture that the file has; nil where it says nothing.
  package var size: (width: Int, height: Int)? {
    properties("ispe").filter { $0.count >= 12 }
      .map { (width: Self.number($0, 4), height: Self.number($0, 8)) }
      .max { $0.width * $0.height < $1.width * $1.height }
  }

  /// How the picture is to be turned, 1 to 8 as in EXIF: what its rotation and its mirroring, in this
  /// order, come to.
  package var orientation: Int {
    let angle = properties("irot").first?.first.map { Int($0 & 3) } ?? 0
    let axis = properties("imir").first?.first.map { Int($0 & 1) }
    return switch (angle, axis) {
    case (1, 0), (3, 1): 5
    case (1, 1), (3, 0): 7
    case (1, nil): 8
    case (2, 0), (0, 1): 2
    case (2, 1), (0, 0): 4
    case (2, nil): 3
    case (3, nil): 6
    default: 1
    }
  }

  /// The contents of all properties of a kind.
  private func properties(_ name: String) -> [UnsafeRawBufferPointer] {
    // The box of metadata begins with a version.
    guard let meta = contents(of: "meta", in: bytes), meta.count >= 4,
      let properties = contents(of: "iprp", in: .init(rebasing: meta.dropFirst(4))),
      let container = contents(of: "ipco", in: properties)
    else { return [] }
    return children(of: container).filter { $0.name.elementsEqual(name.utf8) }.map(\.contents)
  }

  private func contents(
    of name: String, in parent: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    children(of: parent).first { $0.name.elementsEqual(name.utf8) }?.contents
  }

  private func children(
    of parent: UnsafeRawBufferPointer
  ) -> [(name: UnsafeRawBufferPointer, contents: UnsafeRawBufferPointer)] {
    var boxes: [(name: UnsafeRawBufferPointer, contents: UnsafeRawBufferPointer)] = []
    var position = 0
    while parent.count - position >= 8 {
      var (length, header) = (Self.number(parent, position), 8)
      if length == 0 { length = parent.count - position }
      if length == 1 {
        // A length of eight bytes; what is larger than a file is none.
        guard parent.count - position >= 16, Self.number(parent, position + 8) == 0 else { break }
        (length, header) = (Self.number(parent, position + 12), 16)
      }
      guard length >= header, length <= parent.count - position else { break }
      boxes.append(
        (
          .init(rebasing: parent[position + 4..<position + 8]),
          .init(rebasing: parent[position + header..<position + length])
        ))
      position += length
    }
    return boxes
  }

  private static func number(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> Int {
    (0..<4).reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
  }
}
