import TesseraFiles

/// The table of contents of a zip archive in memory, for archives that store without compression.
///
/// Only the central directory is believed: PyTorch streams its archives, so that local headers
/// carry no sizes. What the local headers do say must agree, and no two entries may share bytes;
/// an archive has one reading only. Checksums are not verified, as PyTorch may leave them out.
struct ZipArchive {
  /// The bytes of each entry within the file, by name.
  let entries: [String: Range<Int>]

  /// Bounds on what a hostile file can make the reader build.
  static let maximumEntryCount = 250_000
  static let maximumDirectorySize = 32 << 20

  /// - Throws: `ZipError`.
  init(_ file: UnsafeRawBufferPointer) throws {
    let directory = try ZipDirectory(file)
    var entries: [String: Range<Int>] = [:]
    entries.reserveCapacity(min(directory.entryCount, Self.maximumEntryCount))
    // Each entry with its local header, to be checked for overlap.
    var extents: [(range: Range<Int>, name: String)] = []
    var position = directory.range.lowerBound
    while position < directory.range.upperBound {
      guard entries.count < directory.entryCount else {
        throw ZipError.entryCountDisagrees(expected: directory.entryCount, found: "more")
      }
      let record = try ZipRecord(file, at: position, end: directory.range.upperBound)
      let start = try record.dataStart(in: file, before: directory.range.lowerBound)
      guard entries.updateValue(start..<start + record.size, forKey: record.name) == nil else {
        throw ZipError.nameTwice(record.name)
      }
      extents.append((record.headerOffset..<start + record.size, record.name))
      position = record.endOfRecord
    }
    guard entries.count == directory.entryCount else {
      throw ZipError.entryCountDisagrees(
        expected: directory.entryCount, found: String(entries.count))
    }
    extents.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (entry, next) in zip(extents, extents.dropFirst())
    where next.range.lowerBound < entry.range.upperBound {
      throw ZipError.overlap(entry.name, next.name)
    }
    self.entries = entries
  }
}

/// Why a file is not a zip archive that can be read.
package enum ZipError: Error, Equatable, Sendable, CustomStringConvertible {
  case noEndRecord
  case severalDisks
  case endRecordDisagrees(String)
  case directoryTooLarge(Int, limit: Int)
  case tooManyEntries(UInt64, limit: Int)
  case entryCountDisagrees(expected: Int, found: String)
  case directoryDamaged(offset: Int)
  case nameNotUTF8(offset: Int)
  case unsafeName(String)
  case encrypted(String)
  case compressed(String, method: UInt16)
  case localHeaderOutside(String, offset: UInt64)
  case localHeaderDisagrees(String, what: String)
  case dataOutside(String)
  case nameTwice(String)
  case overlap(String, String)

  package var description: String {
    switch self {
    case .noEndRecord: "zip: no end-of-central-directory record; the file may be cut off"
    case .severalDisks: "zip: an archive over several disks is not supported"
    case .endRecordDisagrees(let what): "zip: end-of-central-directory record: \(what)"
    case .directoryTooLarge(let found, let limit):
      "zip: expected a central directory of at most \(limit) bytes, found \(found)"
    case .tooManyEntries(let found, let limit):
      "zip: expected at most \(limit) entries, found \(found)"
    case .entryCountDisagrees(let expected, let found):
      "zip: expected \(expected) entries in the central directory, found \(found)"
    case .directoryDamaged(let offset): "zip: the central directory is damaged at byte \(offset)"
    case .nameNotUTF8(let offset): "zip: the entry name at byte \(offset) is not UTF-8"
    case .unsafeName(let name): "zip: the entry name \(name.quoted) leads outside the archive"
    case .encrypted(let name): "zip: entry \(name.quoted) is encrypted"
    case .compressed(let name, let method):
      "zip: entry \(name.quoted) is compressed (method \(method)); expected stored entries, "
        + "as torch.save writes them"
    case .localHeaderOutside(let name, let offset):
      "zip: entry \(name.quoted): no local header at byte \(offset)"
    case .localHeaderDisagrees(let name, let what):
      "zip: entry \(name.quoted): local header and central directory disagree on its \(what)"
    case .dataOutside(let name): "zip: entry \(name.quoted) runs past the end of the data"
    case .nameTwice(let name): "zip: the entry name \(name.quoted) stands twice"
    case .overlap(let name, let other):
      "zip: entries \(name.quoted) and \(other.quoted) overlap"
    }
  }
}
