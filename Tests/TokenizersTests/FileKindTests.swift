import Foundation
import TesseraTokenizers
import Testing

/// Folders as caches and failed downloads leave them.
@Suite struct `Kinds of files` {
  @Test func `a folder whose files are links to blobs loads`() throws {
    let cache = try TemporaryFolder()
    let manager = FileManager.default
    for folder in ["blobs", "snapshots/abc"] {
      try manager.createDirectory(
        at: cache.url.appending(path: folder), withIntermediateDirectories: true)
    }
    for (blob, name) in [("1f", "tokenizer.json"), ("2e", "tokenizer_config.json")] {
      try cache.write(name == "tokenizer.json" ? tokenizerJSON() : "{}", to: "blobs/\(blob)")
      try manager.createSymbolicLink(
        atPath: cache.url.appending(path: "snapshots/abc/\(name)").path(percentEncoded: false),
        withDestinationPath: "../../blobs/\(blob)")
    }
    let tokenizer = try Tokenizer(folder: cache.url.appending(path: "snapshots/abc"))
    #expect(tokenizer.encode("ab").ids == [1, 2])
  }

  @Test func `a link whose target is gone is named, and no other file is read for it`() throws {
    let folder = try TemporaryFolder()
    try folder.write("[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\n", to: "vocab.txt")
    try FileManager.default.createSymbolicLink(
      atPath: folder.url.appending(path: "tokenizer.json").path(percentEncoded: false),
      withDestinationPath: "nowhere")
    #expect(try message(folder.url).contains("link"))
  }

  @Test func `a pipe or a folder in a file's place is refused`() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "tokenizer.json")
    try #require(mkfifo(file.path(percentEncoded: false), 0o600) == 0)
    #expect(try message(folder.url).contains("a pipe"))
    try FileManager.default.removeItem(at: file)
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
    #expect(try message(folder.url).contains("a folder"))
  }

  @Test(arguments: [
    ("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 4\n", "Git LFS pointer"),
    ("\n<!DOCTYPE html><html><body>404</body></html>", "web page"), ("<HTML></HTML>", "web page"),
  ])
  func `what a download left in its place is said`(content: String, kind: String) throws {
    for name in ["tokenizer.json", "tokenizer_config.json"] {
      let folder = try TemporaryFolder()
      try folder.write(tokenizerJSON(), to: "tokenizer.json")
      try folder.write(content, to: name)
      let message = try message(folder.url)
      #expect(message.contains(kind))
      #expect(message.contains(name))
    }
  }

  private func message(_ folder: URL) throws -> String {
    "\(try #require(throws: TokenizerError.self) { try Tokenizer(folder: folder) })"
  }
}
