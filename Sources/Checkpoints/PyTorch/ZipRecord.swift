import TesseraFiles

/// One entry of a zip archive's central directory, checked against its local header.
struct ZipRecord {
  let name: String
  let size: Int
  let headerOffset: Int
  /// Where the next record of the directory begins.
  let endOfRecord: Int
  private let flags: UInt16
  private let checksum: UInt32
  private let nameRange: Range<Int>

  private enum Flag {
    static let encrypted: UInt16 = 1 << 0
    /// Sizes and checksum follow the data; the local header may hold zeros.
    static let sizesFollow: UInt16 = 1 << 3
    static let stronglyEncrypted: UInt16 = 1 << 6
    static let maskedHeader: UInt16 = 1 << 13
    static let anyEncryption = encrypted | stronglyEncrypted | maskedHeader
  }

  /// - Throws: `ZipError`.
  init(_ file: UnsafeRawBufferPointer, at position: Int, end: Int) throws {
    guard file.holds("PK\u{1}\u{2}", at: position), position <= end - 46,
      let flags = file.littleEndian(at: position + 8, as: UInt16.self),
      let method = file.littleEndian(at: position + 10, as: UInt16.self),
      let checksum = file.littleEndian(at: position + 16, as: UInt32.self),
      let storedSize = file.littleEndian(at: position + 20, as: UInt32.self),
      let size = file.littleEndian(at: position + 24, as: UInt32.self),
      let nameLength = file.littleEndian(at: position + 28, as: UInt16.self),
      let extraLength = file.littleEndian(at: position + 30, as: UInt16.self),
      let commentLength = file.littleEndian(at: position + 32, as: UInt16.self),
      let disk = file.littleEndian(at: position + 34, as: UInt16.self),
      let headerOffset = file.littleEndian(at: position + 42, as: UInt32.self)
    else { throw ZipError.directoryDamaged(offset: position) }
    let nameEnd = position + 46 + Int(nameLength)
    let extraEnd = nameEnd + Int(extraLength)
    endOfRecord = extraEnd + Int(commentLength)
    guard endOfRecord <= end else { throw ZipError.directoryDamaged(offset: position) }
    guard let name = file.text(position + 46..<nameEnd) else {
      throw ZipError.nameNotUTF8(offset: position + 46)
    }
    guard Self.isSafe(name) else { throw ZipError.unsafeName(name) }
    guard flags & Flag.anyEncryption == 0 else { throw ZipError.encrypted(name) }
    guard method == 0 else { throw ZipError.compressed(name, method: method) }

    // Fields that are all ones stand in the zip64 extra field, in this order.
    var wide = Zip64Fields(file, nameEnd..<extraEnd)
    guard let size = wide.take(size), let storedSize = wide.take(storedSize),
      let headerOffset = wide.take(headerOffset), size == storedSize
    else { throw ZipError.directoryDamaged(offset: position) }
    guard disk == 0 || disk == 0xFFFF else { throw ZipError.severalDisks }
    guard let size = Int(exactly: size) else { throw ZipError.dataOutside(name) }
    guard let headerOffset = Int(exactly: headerOffset) else {
      throw ZipError.localHeaderOutside(name, offset: headerOffset)
    }
    self.name = name
    self.size = size
    self.headerOffset = headerOffset
    self.flags = flags
    self.checksum = checksum
    nameRange = position + 46..<nameEnd
  }

  /// Where the entry's bytes begin: behind the local header, which must agree with this record.
  ///
  /// All must lie before byte `limit`.
  func dataStart(in file: UnsafeRawBufferPointer, before limit: Int) throws -> Int {
    guard headerOffset <= limit - 30, file.holds("PK\u{3}\u{4}", at: headerOffset),
      let flags = file.littleEndian(at: headerOffset + 6, as: UInt16.self),
      let method = file.littleEndian(at: headerOffset + 8, as: UInt16.self),
      let checksum = file.littleEndian(at: headerOffset + 14, as: UInt32.self),
      let storedSize = file.littleEndian(at: headerOffset + 18, as: UInt32.self),
      let size = file.littleEndian(at: headerOffset + 22, as: UInt32.self),
      let nameLength = file.littleEndian(at: headerOffset + 26, as: UInt16.self),
      let extraLength = file.littleEndian(at: headerOffset + 28, as: UInt16.self)
    else { throw ZipError.localHeaderOutside(name, offset: UInt64(headerOffset)) }
    let nameEnd = headerOffset + 30 + Int(nameLength)
    let start = nameEnd + Int(extraLength)
    // The record's size: the local header's may be all ones, and stand in the extra field.
    guard start <= limit, self.size <= limit - start else { throw ZipError.dataOutside(name) }

    func disagreement(_ what: String) -> ZipError { .localHeaderDisagrees(name, what: what) }
    guard file[headerOffset + 30..<nameEnd].elementsEqual(file[nameRange]) else {
      throw disagreement("name")
    }
    guard flags == self.flags else { throw disagreement("flags") }
    guard method == 0 else { throw disagreement("compression") }
    let isDeferred = flags & Flag.sizesFollow != 0
    var wide = Zip64Fields(file, nameEnd..<start)
    let sizes = [wide.take(size), wide.take(storedSize)]
    guard sizes.allSatisfy({ $0 == UInt64(self.size) || (isDeferred && $0 == 0) }) else {
      throw disagreement("size")
    }
    guard checksum == self.checksum || (isDeferred && checksum == 0) else {
      throw disagreement("checksum")
    }
    return start
  }

  /// Whether a name stays within the archive wherever it would be unpacked.
  private static func isSafe(_ name: String) -> Bool {
    !name.isEmpty && !name.utf8.contains(0) && !name.utf8.contains(UInt8(ascii: "\\"))
      && name.utf8.first != UInt8(ascii: "/")
      && !name.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
  }
}

/// The zip64 extra field (tag 1): 64-bit values for the fields that do not fit 32 bits.
private struct Zip64Fields {
  private let file: UnsafeRawBufferPointer
  private var rest: Range<Int>

  /// Looks the field up among the extra fields in `extra`.
  init(_ file: UnsafeRawBufferPointer, _ extra: Range<Int>) {
    self.file = file
    rest = extra.upperBound..<extra.upperBound
    var position = extra.lowerBound
    while position <= extra.upperBound - 4,
      let tag = file.littleEndian(at: position, as: UInt16.self),
      let length = file.littleEndian(at: position + 2, as: UInt16.self),
      position + 4 + Int(length) <= extra.upperBound
    {
      if tag == 1 {
        rest = position + 4..<position + 4 + Int(length)
        return
      }
      position += 4 + Int(length)
    }
  }

  /// `value`, or the next wide one where `value` is all ones; nil where that is missing.
  mutating func take(_ value: UInt32) -> UInt64? {
    guard value == .max else { return UInt64(value) }
    guard rest.count >= 8, let wide = file.littleEndian(at: rest.lowerBound, as: UInt64.self)
    else { return nil }
    rest = rest.lowerBound + 8..<rest.upperBound
    return wide
  }
}
