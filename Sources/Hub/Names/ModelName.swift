import Foundation

/// Who keeps a model.
package enum ModelSource: Hashable, Sendable { case hub, modelScope }

/// A repository at a revision: `BAAI/bge-m3`, `BAAI/bge-m3@5617a9f`, `modelscope:BAAI/bge-m3`.
package struct ModelName: Hashable, Sendable, CustomStringConvertible {
  package let source: ModelSource
  /// ORGANISATION/NAME, or one word for some of the oldest.
  package let repository: String
  /// A branch, tag or commit; nil is the main branch.
  package let revision: String?

  static let modelScopePrefix = "modelscope:"

  /// - Throws: `HubError.notAName`.
  package init(_ text: String) throws {
    let isOfModelScope = text.hasPrefix(Self.modelScopePrefix)
    let rest = isOfModelScope ? text.dropFirst(Self.modelScopePrefix.count) : text[...]
    let parts = rest.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let revision = parts.count > 1 ? String(parts[1]) : nil
    guard let repository = parts.first, Self.isRepository(repository),
      revision.map(Self.isRevision) ?? true
    else { throw HubError.notAName(text) }
    self.init(
      source: isOfModelScope ? .modelScope : .hub, repository: String(repository),
      revision: revision)
  }

  init(source: ModelSource, repository: String, revision: String?) {
    self.source = source
    self.repository = repository
    self.revision = revision
  }

  package var description: String {
    (source == .modelScope ? Self.modelScopePrefix : "") + repository
      + (revision.map { "@\($0)" } ?? "")
  }

  /// The branch that is meant where none is given.
  var branch: String { revision ?? (source == .hub ? "main" : "master") }

  /// The name of the repository's folder in a cache.
  var folder: String { "models--" + repository.replacing("/", with: "--") }

  private static func isRepository(_ text: Substring) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count)
      && parts.allSatisfy { part in
        (1...96).contains(part.utf8.count) && part.first != "." && part.first != "-"
          && part.utf8.allSatisfy { $0.isWordByte || $0 == UInt8(ascii: "-") || $0 == 0x2E }
          && !part.contains("..") && !part.contains("--")
      }
  }

  /// Revisions become paths below `refs`.
  private static func isRevision(_ text: String) -> Bool {
    !text.isEmpty && RepositoryFile.isInside(text) && !text.contains { $0.isWhitespace }
  }
}

extension UInt8 {
  /// A letter or digit of ASCII, or an underscore.
  var isWordByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
