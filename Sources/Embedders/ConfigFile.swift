import Foundation

/// A JSON file of a model folder, decoded with messages that name the file and the key.
struct ConfigFile {
  private let url: URL
  private let data: Data

  init(_ url: URL) throws {
    self.url = url
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw ConfigFileError.unreadable(
        file: url.lastPathComponent,
        reason: FileManager.default.fileExists(atPath: url.path)
          ? error.localizedDescription : "no such file in \(url.deletingLastPathComponent().path)")
    }
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
      throw ConfigFileError.invalid(file: url.lastPathComponent, reason: error.summary)
    }
  }
}

enum ConfigFileError: Error, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  case invalid(file: String, reason: String)

  var description: String {
    switch self {
    case .unreadable(let file, let reason): "cannot read \(file): \(reason)"
    case .invalid(let file, let reason): "\(file): \(reason)"
    }
  }
}

extension DecodingError {
  /// The key and what is wrong with it, in one line.
  fileprivate var summary: String {
    func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
      (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
    }
    switch self {
    case .keyNotFound(let key, let context): return "the key \(path(context, key)) is missing"
    case .valueNotFound(let type, let context):
      return "\(path(context)) is null; expected \(type)"
    case .typeMismatch(let type, let context):
      return "\(path(context)) is not of the expected type \(type)"
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty
        ? "not valid JSON" : "\(path(context)): \(context.debugDescription)"
    @unknown default: return "\(self)"
    }
  }
}
