import Foundation
import TesseraFiles
import TesseraJSON

/// A JSON file of a model folder, decoded with messages that name the file and the key.
struct ConfigFile {
  let name: String
  private let data: Data

  /// - Throws: `FileError`, and `ConfigFileError` for what is not JSON.
  init(_ url: URL) throws {
    name = url.lastPathComponent
    let storage = try MappedFile(url.path)
    do {
      try JSONReader.read(storage.bytes) { try $0.skipValue() }
    } catch {
      throw ConfigFileError(file: name, reason: "\(error)")
    }
    data = Data(storage.bytes)
  }

  /// Nil if there is no such file.
  init?(ifPresent url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    try self.init(url)
  }

  var modelType: String {
    get throws { try decode(Kind.self).modelType }
  }

  private struct Kind: Decodable {
    let modelType: String
    enum CodingKeys: String, CodingKey { case modelType = "model_type" }
  }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw ConfigFileError(file: name, reason: error.summary)
    }
  }
}

/// What is wrong with a JSON file of a model folder.
struct ConfigFileError: Error, CustomStringConvertible {
  let file: String
  let reason: String

  var description: String { "\(file): \(reason)" }
}

extension DecodingError {
  /// The key and what is wrong with it, in one line.
  fileprivate var summary: String {
    func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
      let keys = (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue)
      return keys.isEmpty ? "the top level" : keys.joined(separator: ".")
    }
    switch self {
    case .keyNotFound(let key, let context): return "the key \(path(context, key)) is missing"
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      // It is JSON, which was checked before; Foundation keeps to itself which number it was.
      return "a number has a fraction, or a size, that its key cannot have"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return "\(path(context)): \(context.debugDescription)"
    @unknown default: return "\(self)"
    }
  }
}
