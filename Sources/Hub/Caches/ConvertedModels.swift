import Foundation
import TesseraJSON

/// Turns what was fetched into a folder that the engine reads; given by whoever knows the engine.
package protocol ModelConverter: Sendable {
  /// - Parameters:
  ///   - source: a checkpoint's file, or a model folder.
  ///   - textModel: the folder with configuration and tokenizer of a checkpoint's text model.
  ///   - target: the folder to make, which appears complete or not at all.
  func convert(_ source: String, textModel: String?, to target: String) throws
}

/// Converted models, each known by the hashes of what it was made from:
/// KEY/ is the model folder, KEY.json says where it comes from.
struct ConvertedModels: Sendable {
  let folder: String

  /// What a model was made from: a repository's files at a commit.
  struct Source: Equatable {
    let repository: String
    let commit: String
    let files: [File]

    struct File: Equatable {
      let path: String
      let hash: String
    }
  }

  struct Record: Equatable {
    let key: String
    /// As the user called it.
    let name: String
    let sources: [Source]
  }

  /// What a conversion does is part of its result's name.
  private static let format = "tessera conversion 1\n"

  /// The key of what these sources become.
  static func key(of sources: [Source]) -> String {
    let lines = sources.flatMap(\.files).map { "\($0.hash) \($0.path)\n" }.sorted()
    return String(Checksum.digits(of: format + lines.joined()).prefix(32))
  }

  func path(_ key: String) -> String { "\(folder)/\(key)" }

  func contains(_ key: String) -> Bool { Folders.isFolder(path(key)) }

  /// Lets `convert` make the folder, unless another process has or does.
  /// - Returns: the folder.
  func make(_ record: Record, willWait: () -> Void, _ convert: (String) throws -> Void) throws
    -> String
  {
    let path = path(record.key)
    let lock = try FileLock("\(path).lock", willWait: willWait)
    defer { withExtendedLifetime(lock) {} }
    if !contains(record.key) { try convert(path) }
    if self.record(record.key) == nil { try Folders.write(Self.text(record), to: "\(path).json") }
    try Folders.remove("\(path).lock")
    return path
  }

  func records() -> [Record] {
    Folders.names(in: folder).filter { $0.hasSuffix(".json") }
      .compactMap { record(String($0.dropLast(5))) }.filter { contains($0.key) }
  }

  func remove(_ record: Record) throws {
    // The record goes first: without its folder it would lie.
    try Folders.remove("\(path(record.key)).json")
    try Folders.remove(path(record.key))
  }

  // MARK: Records

  private func record(_ key: String) -> Record? {
    let file = "\(path(key)).json"
    guard let bytes = FileManager.default.contents(atPath: file) else { return nil }
    return try? bytes.withUnsafeBytes { bytes in
      let value = try JSONReader.read(bytes) { try $0.readValue() }
      return try Self.record(key, Field(value: value, place: FilePlace(file: file)))
    }
  }

  private static func record(_ key: String, _ field: Field) throws -> Record {
    let sources = try field.required("sources").elements().map { source in
      Source(
        repository: try source.required("repository").string(),
        commit: try source.required("commit").string(),
        files: try source.required("files").members().map {
          Source.File(path: $0.key, hash: $0.value.string ?? "")
        })
    }
    return Record(key: key, name: try field.required("name").string(), sources: sources)
  }

  private static func text(_ record: Record) -> String {
    JSONWriter.line { object in
      object.member("name", record.name)
      object.objects("sources", record.sources) { object, source in
        object.member("repository", source.repository)
        object.member("commit", source.commit)
        object.object("files") { files in
          for file in source.files { files.member(file.path, file.hash) }
        }
      }
    }
  }
}
