import TesseraFiles

/// Where the central directory of a zip archive lies, from the records at the end of the file.
///
/// Layout, from the end: the end record (22 bytes and a comment), before it the zip64 locator
/// (20 bytes), before that the zip64 end record (56 bytes or more), before that the directory.
struct ZipDirectory {
  let range: Range<Int>
  let entryCount: Int

  /// - Throws: `ZipError`.
  init(_ file: UnsafeRawBufferPointer) throws {
    guard let end = Self.endRecord(of: file) else { throw ZipError.noEndRecord }
    var disks = [UInt64(end.disk), UInt64(end.directoryDisk)]
    var counts = [UInt64(end.entriesHere), UInt64(end.entries)]
    var size = UInt64(end.size)
    var offset = UInt64(end.offset)
    var directoryEnd = end.position
    if file.holds("PK\u{6}\u{7}", at: end.position - 20) {
      let wide = try Zip64EndRecord(file, locatorAt: end.position - 20)
      // A field of the short record is either all ones, "see zip64", or the same number.
      let isConsistent =
        zip(disks + counts, [wide.disk, wide.directoryDisk, wide.entriesHere, wide.entries])
        .allSatisfy { $0 == 0xFFFF || $0 == $1 }
        && (size == 0xFFFF_FFFF || size == wide.size)
        && (offset == 0xFFFF_FFFF || offset == wide.offset)
      guard isConsistent else {
        throw ZipError.endRecordDisagrees("its zip64 extension gives other numbers")
      }
      disks = [wide.disk, wide.directoryDisk]
      counts = [wide.entriesHere, wide.entries]
      (size, offset, directoryEnd) = (wide.size, wide.offset, wide.position)
    }
    guard disks == [0, 0], counts[0] == counts[1] else { throw ZipError.severalDisks }
    guard size <= UInt64(directoryEnd), offset == UInt64(directoryEnd) - size else {
      throw ZipError.endRecordDisagrees(
        "expected the central directory to end at byte \(directoryEnd), "
          + "found \(size) bytes from byte \(offset)")
    }
    guard size <= ZipArchive.maximumDirectorySize else {
      throw ZipError.directoryTooLarge(Int(size), limit: ZipArchive.maximumDirectorySize)
    }
    guard counts[1] <= ZipArchive.maximumEntryCount else {
      throw ZipError.tooManyEntries(counts[1], limit: ZipArchive.maximumEntryCount)
    }
    range = Int(offset)..<directoryEnd
    entryCount = Int(counts[1])
  }

  private struct EndRecord {
    let position: Int
    let disk, directoryDisk, entriesHere, entries: UInt16
    let size, offset: UInt32

    init?(_ file: UnsafeRawBufferPointer, at position: Int) {
      guard file.holds("PK\u{5}\u{6}", at: position),
        let disk = file.littleEndian(at: position + 4, as: UInt16.self),
        let directoryDisk = file.littleEndian(at: position + 6, as: UInt16.self),
        let entriesHere = file.littleEndian(at: position + 8, as: UInt16.self),
        let entries = file.littleEndian(at: position + 10, as: UInt16.self),
        let size = file.littleEndian(at: position + 12, as: UInt32.self),
        let offset = file.littleEndian(at: position + 16, as: UInt32.self),
        let comment = file.littleEndian(at: position + 20, as: UInt16.self),
        position + 22 + Int(comment) == file.count
      else { return nil }
      self.position = position
      (self.disk, self.directoryDisk) = (disk, directoryDisk)
      (self.entriesHere, self.entries) = (entriesHere, entries)
      (self.size, self.offset) = (size, offset)
    }
  }

  /// The last record whose comment ends with the file.
  private static func endRecord(of file: UnsafeRawBufferPointer) -> EndRecord? {
    let longestComment = Int(UInt16.max)
    let last = file.count - 22
    guard last >= 0 else { return nil }
    for position in stride(from: last, through: max(0, last - longestComment), by: -1) {
      if let record = EndRecord(file, at: position) { return record }
    }
    return nil
  }
}

private struct Zip64EndRecord {
  let position: Int
  let disk, directoryDisk, entriesHere, entries, size, offset: UInt64

  init(_ file: UnsafeRawBufferPointer, locatorAt locator: Int) throws {
    guard file.littleEndian(at: locator + 4, as: UInt32.self) == 0,
      let position = file.littleEndian(at: locator + 8, as: UInt64.self),
      let position = Int(exactly: position), position <= locator - 56,
      file.holds("PK\u{6}\u{6}", at: position),
      let length = file.littleEndian(at: position + 4, as: UInt64.self),
      length == UInt64(locator - position - 12),
      let disk = file.littleEndian(at: position + 16, as: UInt32.self),
      let directoryDisk = file.littleEndian(at: position + 20, as: UInt32.self),
      let entriesHere = file.littleEndian(at: position + 24, as: UInt64.self),
      let entries = file.littleEndian(at: position + 32, as: UInt64.self),
      let size = file.littleEndian(at: position + 40, as: UInt64.self),
      let offset = file.littleEndian(at: position + 48, as: UInt64.self)
    else { throw ZipError.endRecordDisagrees("its zip64 extension is damaged") }
    self.position = position
    self.disk = UInt64(disk)
    self.directoryDisk = UInt64(directoryDisk)
    (self.entriesHere, self.entries) = (entriesHere, entries)
    (self.size, self.offset) = (size, offset)
  }
}
