import TesseraCheckpoints
import Testing

/// Zip archives that no `torch.save` writes.
@Suite struct HandmadeArchiveTests {
  private let pickle = Pickler.dictionary {
    $0.text("w")
    $0.tensor()
  }

  private func open(_ change: (inout Zipper) -> Void) throws -> PyTorchFile {
    let folder = try TemporaryFolder()
    var zipper = Zipper(pickle: pickle)
    change(&zipper)
    return try PyTorchFile(path: folder.file("made.pth", zipper.bytes))
  }

  private func refusal(_ change: (inout Zipper) -> Void) -> String {
    message { _ = try open(change) } ?? "none"
  }

  @Test func `a plain archive is read, with a comment or with zip64 records`() throws {
    #expect(try open { _ in }.names == ["w"])
    #expect(try open { $0.comment = Array("PK\u{5}\u{6} is no end record".utf8) }.names == ["w"])
    #expect(try open { $0.hasZip64 = true }.names == ["w"])
    #expect(try open { $0.entries.remove(at: 1) }.names == ["w"])
    #expect(try open { $0.hasWideLocalSizes = true }.names == ["w"])
    let lie = refusal {
      $0.hasWideLocalSizes = true
      $0.entries[2].localSize = 31
    }
    #expect(lie.contains("disagree on its size"))
  }

  @Test func `equal names are refused`() {
    #expect(refusal { $0.add("archive/data/0", [1]) }.contains("'archive/data/0' stands twice"))
  }

  @Test func `entries that share bytes are refused`() {
    let message = refusal {
      $0.add("archive/data/1", [])
      $0.entries[4].localName = "archive/data.pkl"
      $0.entries[4].offset = 0
    }
    #expect(message.contains("disagree on its name"))
    // Two records of one name length and size that claim one place.
    let overlap = refusal {
      $0.entries[2] = .init(name: "archive/data/0", data: $0.entries[2].data)
      $0.entries.append(.init(name: "archive/data/0", data: $0.entries[2].data))
      $0.entries[4].offset = 0
    }
    #expect(overlap != "none")
  }

  @Test func `data that contains another entry is refused`() throws {
    // The whole inner entry, header and all, lies within the data of the outer one.
    let inner =
      Array("PK\u{3}\u{4}".utf8) + [20, 0, 0, 0] + [UInt8](repeating: 0, count: 10)
      + little(UInt32(0)) + little(UInt32(0)) + little(UInt16(14)) + [0, 0] + "archive/data/1".utf8
    let message = refusal {
      $0.add("archive/data/2", inner)
      let start = $0.bytes.firstRange(of: inner)?.lowerBound ?? 0
      $0.add("archive/data/1", [])
      $0.entries[5].offset = start
    }
    #expect(message.contains("'archive/data/2' and 'archive/data/1' overlap"), "\(message)")
  }

  @Test(arguments: ["../x", "archive/../../x", "/etc/x", "a\\..\\x", "archive/.."])
  func `names that lead outside are refused`(_ name: String) {
    #expect(refusal { $0.add(name, []) }.contains("leads outside the archive"))
  }

  @Test func `encryption is refused by name`() {
    #expect(refusal { $0.entries[2].flags = 1 }.contains("'archive/data/0' is encrypted"))
  }

  @Test func `a local header that disagrees is refused`() {
    #expect(
      refusal { $0.entries[2].localName = "archive/data/7" }.contains("disagree on its name"))
    #expect(refusal { $0.entries[2].localSize = 31 }.contains("disagree on its size"))
    #expect(refusal { $0.entries[2].localSize = 0 }.contains("disagree on its size"))
  }

  @Test func `sizes that follow the data may be zero in the local header`() throws {
    let file = try open {
      $0.entries[2].flags = 8
      $0.entries[2].localSize = 0
    }
    #expect(file.names == ["w"])
  }

  @Test func `a wrong number of entries is refused`() {
    #expect(refusal { $0.countLie = -1 }.contains("expected 3 entries"))
    #expect(refusal { $0.countLie = 1 }.contains("expected 5 entries"))
    #expect(
      refusal {
        $0.countLie = -1; $0.hasZip64 = true
      }.contains("expected 3 entries"))
  }

  @Test func `other kinds of archives are refused by name`() {
    #expect(refusal { $0.add("archive/constants.pkl", []) }.contains("TorchScript"))
    #expect(
      refusal { $0.entries[1] = .init(name: "archive/byteorder", data: Array("big".utf8)) }
        .contains("big-endian"))
    #expect(
      refusal { $0.entries[1] = .init(name: "archive/byteorder", data: Array("pdp".utf8)) }
        .contains("'pdp'"))
    #expect(refusal { $0.add("other/data.pkl", []) }.contains("expected one data.pkl"))
  }

  @Test func `bytes before or after the archive are refused`() throws {
    let folder = try TemporaryFolder()
    let bytes = Zipper(pickle: pickle).bytes
    for bytes in [bytes + [0], Array("PK\u{3}\u{4}".utf8) + bytes] {
      let path = try folder.file("made.pth", bytes)
      #expect(message { _ = try PyTorchFile(path: path) }?.contains("zip: ") == true)
    }
  }

  @Test func `a damaged zip64 record is refused`() throws {
    let folder = try TemporaryFolder()
    var zipper = Zipper(pickle: pickle)
    zipper.hasZip64 = true
    let bytes = zipper.bytes
    let record = try #require(bytes.firstRange(of: Array("PK\u{6}\u{6}".utf8))).lowerBound
    for offset in record..<bytes.count {
      for value: UInt8 in [0x7F, 0xFF] where bytes[offset] != value {
        var damaged = bytes
        damaged[offset] = value
        // Versions, and the total of disks, say nothing about the contents.
        let isIdle = (12..<16).contains(offset - record) || (72..<76).contains(offset - record)
        let path = try folder.file("made.pth", damaged)
        #expect(
          (message { _ = try PyTorchFile(path: path) } == nil) == isIdle, "byte \(offset - record)")
      }
    }
  }
}
