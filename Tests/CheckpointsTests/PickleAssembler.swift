/// Writes pickles by hand, sound ones and others.
struct Pickler {
  private(set) var bytes: [UInt8] = [0x80, 2]

  mutating func raw(_ bytes: UInt8...) { self.bytes += bytes }
  mutating func raw(_ text: String) { bytes += text.utf8 }

  mutating func text(_ text: String) {
    bytes += [0x58] + little(UInt32(text.utf8.count)) + text.utf8
  }

  mutating func int(_ value: Int) { bytes += [0x8A, 8] + little(value) }

  mutating func tuple(_ values: [Int]) {
    raw("(")
    for value in values { int(value) }
    raw("t")
  }

  mutating func global(_ module: String, _ name: String) { raw("c\(module)\n\(name)\n") }

  mutating func storage(
    _ key: String = "0", count: Int = 8, module: String = "torch", name: String = "FloatStorage"
  ) {
    raw("(")
    text("storage")
    global(module, name)
    text(key)
    text("cpu")
    int(count)
    raw("tQ")
  }

  /// `_rebuild_tensor_v2` on storage 0.
  mutating func tensor(shape: [Int] = [8], strides: [Int] = [1], offset: Int = 0, count: Int = 8) {
    global("torch._utils", "_rebuild_tensor_v2")
    raw("(")
    storage(count: count)
    int(offset)
    tuple(shape)
    tuple(strides)
    raw(0x89)
    raw("Nt")
    raw("R")
  }

  /// A whole pickle: a dictionary that `fill` gives keys and values.
  static func dictionary(_ fill: (inout Pickler) -> Void) -> [UInt8] {
    var pickler = Pickler()
    pickler.raw("}(")
    fill(&pickler)
    pickler.raw("u.")
    return pickler.bytes
  }
}

/// Writes zip archives by hand, sound ones and others.
struct Zipper {
  struct Entry {
    let name: String
    let data: [UInt8]
    var localName: String?
    var localSize: Int?
    var flags: UInt16 = 0
    var offset: Int?
  }

  var entries: [Entry] = []
  var comment: [UInt8] = []
  var countLie = 0
  var hasZip64 = false
  /// Whether sizes stand in the local headers' extra fields.
  var hasWideLocalSizes = false

  /// An archive as torch.save would lay it out, with storage 0 holding `floats` zeros.
  init(pickle: [UInt8], floats: Int = 8) {
    add("archive/data.pkl", pickle)
    add("archive/byteorder", Array("little".utf8))
    add("archive/data/0", [UInt8](repeating: 0, count: 4 * floats))
    add("archive/version", Array("3\n".utf8))
  }

  mutating func add(_ name: String, _ data: [UInt8]) {
    entries.append(.init(name: name, data: data))
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = entry.offset ?? file.count
      let name = Array((entry.localName ?? entry.name).utf8)
      let size = UInt32(entry.localSize ?? entry.data.count)
      file += Array("PK\u{3}\u{4}".utf8) + little(UInt16(20)) + little(entry.flags)
      let short = hasWideLocalSizes ? UInt32.max : size
      let wide =
        little(UInt16(1)) + little(UInt16(16)) + little(UInt64(size)) + little(UInt64(size))
      let extra = hasWideLocalSizes ? wide : []
      file += [UInt8](repeating: 0, count: 10) + little(short) + little(short)
      file += little(UInt16(name.count)) + little(UInt16(extra.count)) + name + extra + entry.data
      let count = little(UInt32(entry.data.count))
      directory += Array("PK\u{1}\u{2}".utf8) + little(UInt16(20)) + little(UInt16(20))
      directory += little(entry.flags) + [UInt8](repeating: 0, count: 10) + count + count
      directory += little(UInt16(entry.name.utf8.count)) + [UInt8](repeating: 0, count: 12)
      directory += little(UInt32(offset)) + entry.name.utf8
    }
    let (start, count) = (file.count, entries.count + countLie)
    file += directory
    if hasZip64 {
      let record = file.count
      file += Array("PK\u{6}\u{6}".utf8) + little(UInt64(44)) + [45, 0, 45, 0]
      file += [UInt8](repeating: 0, count: 8) + little(UInt64(count)) + little(UInt64(count))
      file += little(UInt64(directory.count)) + little(UInt64(start))
      file += Array("PK\u{6}\u{7}".utf8) + [0, 0, 0, 0] + little(UInt64(record)) + [1, 0, 0, 0]
    }
    file +=
      Array("PK\u{5}\u{6}".utf8) + [0, 0, 0, 0] + little(UInt16(count)) + little(UInt16(count))
    let ones = UInt32.max
    file += little(hasZip64 ? ones : UInt32(directory.count))
    file += little(hasZip64 ? ones : UInt32(start)) + little(UInt16(comment.count)) + comment
    return file
  }
}

func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian, Array.init)
}
