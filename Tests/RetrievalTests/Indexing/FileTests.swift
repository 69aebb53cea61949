import Foundation
import TesseraRetrieval
import TesseraTestSupport
import Testing

/// Hashes, patterns, headers and walks.
struct FileTests {
  @Test(
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func `the digests of the standard`(text: String, digest: String) {
    var hash = SHA256()
    hash.update(text)
    #expect(hash.hexadecimal() == digest)
  }

  @Test func `a digest does not depend on how bytes come`() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let whole = bytes.withUnsafeBytes { SHA256.hexadecimal(of: $0) }
    for size in [1, 3, 63, 64, 65, 200] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { hash.update($0) }
      }
      #expect(hash.hexadecimal() == whole, "\(size)")
    }
  }

  @Test(
    arguments: [
      ("*.jpg", "a/b.jpg", true), ("*.jpg", "a/b.jpeg", false), ("a/*.jpg", "a/b.jpg", true),
      ("a/*.jpg", "a/b/c.jpg", false), ("a/**", "a/b/c.jpg", true), ("**/c.jpg", "c.jpg", true),
      ("**/c.jpg", "a/b/c.jpg", true), ("**/c.jpg", "a/xc.jpg", false), ("/a.txt", "a.txt", true),
      ("/a.txt", "b/a.txt", false), ("?.txt", "ä.txt", true), ("[a-c].txt", "b.txt", true),
      ("[!a-c].txt", "b.txt", false), ("[", "[", true), ("\\*", "*", true), ("\\*", "a", false),
      ("a**b/c", "axyb/c", true), ("*", "", true),
    ])
  func `patterns of names`(pattern: String, path: String, expected: Bool) {
    #expect(GlobPattern(pattern).matches(path) == expected, "\(pattern) \(path)")
  }

  @Test func `headers of matrices are written as they are read`() throws {
    for shape in [[0, 3], [5], [12, 768]] {
      let header = NumPyHeader(type: "<f4", shape: shape, byteCount: 128)
      #expect(header.bytes.count == 128)
      #expect(try header.bytes.withUnsafeBytes { try NumPyHeader(reading: $0, of: "x") } == header)
    }
  }

  @Test func `a walk takes what holds items, in order, and leaves out what it is told to`() throws {
    let folder = try TemporaryFolder()
    let files = FileManager.default
    func write(_ name: String, _ text: String = "x") throws {
      let url = folder.url.appending(path: name)
      try files.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    for name in [
      "b.jpg", "a.PNG", "c.doc", ".hidden.jpg", "old/d.jpg", "sub/e.md", "sub/skip/f.txt",
      "sub/g.jpg", "sub/g.txt", "😀 x\ny.txt", "keep.txt", "list.csv",
    ] { try write(name) }
    try write("sub/.tesseraignore", "# what is left out\nskip/\n*.md\n!e.md\n")
    try files.createSymbolicLink(
      at: folder.url.appending(path: "sub/loop"), withDestinationURL: folder.url)
    func names(_ change: (inout FileWalk) -> Void = { _ in }) -> [String] {
      var walk = FileWalk()
      change(&walk)
      walk.add(folder.url.path)
      return walk.files.map { String($0.name.dropFirst(folder.url.path.count + 1)) }
    }
    let all = [
      "a.PNG", "b.jpg", "keep.txt", "list.csv", "old/d.jpg", "sub/e.md", "sub/g.jpg", "😀 x\ny.txt",
    ]
    #expect(names() == all)
    #expect(
      names { $0.exclude = [GlobPattern("old"), GlobPattern("*.csv")] }
        == all.filter { $0 != "old/d.jpg" && $0 != "list.csv" })
    #expect(names { $0.include = [GlobPattern("*.jpg")] } == ["b.jpg", "old/d.jpg", "sub/g.jpg"])
    #expect(names { $0.pairsCaptions = false }.contains("sub/g.txt"))
    // Once around, and no further.
    #expect(names { $0.followsLinks = true } == all)
  }

  @Test(.enabled(if: Self.takesAnyName, "the file system wants UTF-8"))
  func `a name that is no text is told, and the rest is found`() throws {
    let folder = try TemporaryFolder()
    try Data("x".utf8).write(to: folder.url.appending(path: "a.txt"))
    let name = Array((folder.url.path + "/").utf8) + [0xFF] + Array(".txt".utf8) + [0]
    let descriptor = open(name.map { CChar(bitPattern: $0) }, O_CREAT | O_WRONLY, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)
    var walk = FileWalk()
    walk.add(folder.url.path)
    #expect(walk.files.map(\.name) == [folder.path("a.txt")])
    #expect(
      walk.failures.map(\.reason) == [#"it has a file whose name is not valid UTF-8: \xFF.txt"#])
    #expect(walk.unread == [folder.url.path])
  }

  private static var takesAnyName: Bool {
    #if os(Linux)
      true
    #else
      false
    #endif
  }

  /// To the administrator no folder is closed.
  @Test(.enabled(if: geteuid() != 0))
  func `a folder whose files cannot be looked at is told once`() throws {
    let folder = try TemporaryFolder()
    let closed = folder.url.appending(path: "closed")
    try FileManager.default.createDirectory(at: closed, withIntermediateDirectories: true)
    for name in ["a.txt", "b.txt", "c.png"] {
      try Data("x".utf8).write(to: closed.appending(path: name))
    }
    chmod(closed.path, 0o600)
    defer { chmod(closed.path, 0o700) }
    var walk = FileWalk()
    walk.add(folder.url.path)
    #expect(walk.files.isEmpty && walk.failures.count == 1)
    #expect(walk.failures.first?.reason.contains("cannot look into") == true)
    #expect(walk.failures.first?.reason.contains("3 by name") == true)
    #expect(walk.unread.count == 1)
  }

  @Test func `files that are asked for twice are read once, missing ones are told`() throws {
    let folder = try TemporaryFolder()
    try Data("x".utf8).write(to: folder.url.appending(path: "a.txt"))
    try Data("x".utf8).write(to: folder.url.appending(path: "a.doc"))
    var walk = FileWalk()
    for name in ["a.txt", "", "a.doc", "none.txt"] { walk.add(folder.path(name)) }
    #expect(walk.files.count == 1 && walk.otherCount == 1)
    #expect(walk.failures.map(\.path) == [folder.path("a.doc"), folder.path("none.txt")])
  }
}
