import Foundation
import TesseraTestSupport
import Testing

/// A folder of files and an index beside it, asked by the picture book.
struct IndexFolder {
  let temporary: TemporaryFolder
  var files: String { temporary.path("files") }
  var index: String { temporary.path("index.tessera") }

  init() throws {
    temporary = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
  }

  func write(_ name: String, _ text: String) throws {
    let url = URL(filePath: "\(files)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// Pictures of the gallery that is in every clone.
  static let gallery = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../models/picturebook/gallery").standardizedFileURL

  func copyPicture(_ number: String, to name: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.gallery.path)
    let picture = try #require(names.first { $0.hasPrefix(number) })
    try FileManager.default.copyItem(
      atPath: Self.gallery.appending(path: picture).path, toPath: "\(files)/\(name)")
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(files)/\(name)")
  }

  /// Runs `tessera index` on the folder.
  func update(_ arguments: String...) throws -> Command {
    try Command("tessera", ["index", files, "--into", index] + arguments)
  }

  /// The last line of standard error: the counts.
  static func counts(_ run: Command) -> String {
    run.errors.split(separator: "\n").last.map(String.init) ?? ""
  }

  func search(_ arguments: String...) throws -> Command {
    try Command("tessera", ["search", "--in", index] + arguments)
  }

  func store(_ command: String, _ arguments: String...) throws -> Command {
    try Command("tessera", ["store", command, "--in", index] + arguments)
  }

  struct Answer: Decodable {
    struct Hit: Decodable {
      let rank: Int
      let id: String
      let score: Float
      let kind: String
      let path: String?
      let text: String?
      let file: String?
      let metadata: [String: Double]?
    }

    let index: Int
    let error: String?
    let hits: [Hit]
  }

  func answers(_ arguments: String...) throws -> [Answer] {
    let run = try Command("tessera", ["search", "--in", index, "--format", "jsonl"] + arguments)
    return try run.lines.map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
  }

  /// Ids of the rows, without the folder's name.
  func ids() throws -> [String] {
    struct Line: Decodable { let id: String }
    return try store("list").lines
      .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).id }
      .map { $0.hasPrefix(files) ? String($0.dropFirst(files.count + 1)) : $0 }
  }
}
