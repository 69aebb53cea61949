import TesseraFiles

/// Where the parts of a PyTorch checkpoint lie: its values, and the bytes of each storage.
struct PyTorchLayout {
  let pickle: Pickle
  /// Byte ranges within the file: a storage's is found under its key, behind a prefix.
  private let ranges: [String: Range<Int>]
  private let prefix: String

  private typealias Reason = PyTorchError.Reason

  /// Tells the formats apart by content.
  /// - Throws: `PyTorchError.Reason`, `ZipError` or `PickleError`.
  init(_ file: UnsafeRawBufferPointer) throws {
    guard !file.isEmpty else { throw Reason.empty }
    if file.holds("PK\u{3}\u{4}", at: 0) || file.holds("PK\u{5}\u{6}", at: 0) {
      try self.init(zip: file)
    } else if file.holds("ustar", at: 257) {
      throw Reason.tarFormat
    } else if file[0] == PickleOpcode.proto.rawValue {
      try self.init(legacy: file)
    } else {
      throw Reason.notACheckpoint
    }
  }

  /// The byte range of a storage within the file.
  func storage(_ key: String) -> Range<Int>? { ranges[prefix + key] }

  // MARK: Zip, since PyTorch 1.6

  private init(zip file: UnsafeRawBufferPointer) throws {
    let archive = try ZipArchive(file)
    let pickles = archive.entries.keys.filter {
      $0.hasSuffix("/data.pkl") && $0.split(separator: "/").count == 2
    }.sorted()
    guard let name = pickles.first, let record = archive.entries[name] else {
      throw Reason.noPickle
    }
    if pickles.count > 1 { throw Reason.severalPickles(name, pickles[1]) }
    let folder = name.dropLast("data.pkl".count)
    guard archive.entries["\(folder)constants.pkl"] == nil else { throw Reason.torchScript }
    if let order = archive.entries["\(folder)byteorder"] {
      let text = file.text(order.prefix(16)) ?? "bytes that are not UTF-8"
      if text == "big" { throw Reason.bigEndian }
      guard text == "little" else { throw Reason.unknownByteOrder(text) }
    }
    let (pickle, end) = try PickleReader.read(
      UnsafeRawBufferPointer(rebasing: file[..<record.upperBound]), at: record.lowerBound)
    guard end == record.upperBound else { throw Reason.trailingBytes(record.upperBound - end) }
    self.pickle = pickle
    ranges = archive.entries
    prefix = "\(folder)data/"
  }

  // MARK: Legacy, before PyTorch 1.6

  /// Five pickles in a row (magic number, protocol, system, values, storage keys), then for each
  /// key an int64 element count and the elements.
  private init(legacy file: UnsafeRawBufferPointer) throws {
    // 0x1950a86a20f9469cfc6c, little-endian.
    let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    let (first, magicEnd) = try PickleReader.read(file, at: 0)
    guard case .bigInt(let number) = first.root, file[number.range].elementsEqual(magic) else {
      throw Reason.legacyHeader(expected: "PyTorch's magic number")
    }
    let (version, versionEnd) = try PickleReader.read(file, at: magicEnd)
    guard version.root == .int(1001) else {
      throw Reason.legacyHeader(expected: "protocol version 1001")
    }
    let (system, systemEnd) = try PickleReader.read(file, at: versionEnd)
    try Self.checkByteOrder(system, file)
    let (pickle, pickleEnd) = try PickleReader.read(file, at: systemEnd)
    let (keyList, keysEnd) = try PickleReader.read(file, at: pickleEnd)
    guard case .list(let index) = keyList.root else {
      throw Reason.legacyHeader(expected: "a list of storage keys")
    }
    self.pickle = pickle
    prefix = ""
    ranges = try Self.storages(
      keyList.lists[Int(index)], from: keysEnd, in: file,
      itemSizes: Self.itemSizes(pickle, file))
  }

  private static func checkByteOrder(_ system: Pickle, _ file: UnsafeRawBufferPointer) throws {
    guard case .dictionary(let index) = system.root else {
      throw Reason.legacyHeader(expected: "a dictionary about the system")
    }
    for item in system.dictionaries[Int(index)] {
      guard case .text(let key) = item.key,
        file[key.range].elementsEqual("little_endian".utf8)
      else { continue }
      guard item.value == .bool(true) else { throw Reason.bigEndian }
      return
    }
    throw Reason.legacyHeader(expected: "the system's byte order")
  }

  /// Bytes per element of each storage: the file itself gives only element counts.
  private static func itemSizes(
    _ pickle: Pickle, _ file: UnsafeRawBufferPointer
  ) throws -> [String: Int] {
    var sizes: [String: Int] = [:]
    for storage in pickle.storages {
      let key = try name(.text(storage.key), file)
      let size = storage.dtype?.byteCount ?? 1
      if let other = sizes.updateValue(size, forKey: key), other != size {
        throw Reason.legacyHeader(expected: "one element size for storage \(key.quoted)")
      }
    }
    return sizes
  }

  private static func storages(
    _ keys: [PickleValue], from start: Int, in file: UnsafeRawBufferPointer,
    itemSizes: [String: Int]
  ) throws -> [String: Range<Int>] {
    var storages: [String: Range<Int>] = [:]
    var position = start
    for key in keys {
      let key = try name(key, file)
      guard let itemSize = itemSizes[key] else { throw Reason.storageNotReferenced(key) }
      guard let count = file.littleEndian(at: position, as: Int64.self), count >= 0,
        Int(count) <= (file.count - position - 8) / itemSize
      else { throw Reason.storageBeyondEnd(key) }
      let begin = position + 8
      position = begin + Int(count) * itemSize
      guard storages.updateValue(begin..<position, forKey: key) == nil else {
        throw Reason.storageTwice(key)
      }
    }
    guard position == file.count else { throw Reason.trailingBytes(file.count - position) }
    return storages
  }

  private static func name(
    _ value: PickleValue, _ file: UnsafeRawBufferPointer
  ) throws -> String {
    guard case .text(let text) = value, text.count <= 256, let name = file.text(text.range) else {
      throw Reason.legacyHeader(expected: "short texts as storage keys")
    }
    return name
  }
}
