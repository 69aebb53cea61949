import TesseraImages

/// A file that holds items.
package struct FoundFile: Equatable, Sendable {
  /// Absolute, free of symbolic links above what the user named.
  package let path: String
  /// As the user would write it; ids begin with it.
  package let name: String
  package let kind: Kind
  /// A text beside a picture, of the same name: the two become one vector.
  package var caption: String?

  package enum Kind: String, Sendable {
    case picture, text, markdown, jsonl, csv, tsv

    /// Told by the ending; nil for files that hold no items.
    package init?(path: String) {
      let name = path.split(separator: "/").last ?? ""
      guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
      let ending = name[dot...].dropFirst().lowercased()
      switch ending {
      case _ where ImageFormat.endings.contains(ending): self = .picture
      case "txt", "text": self = .text
      case "md", "markdown": self = .markdown
      case "jsonl", "ndjson": self = .jsonl
      case "csv": self = .csv
      case "tsv": self = .tsv
      default: return nil
      }
    }

    /// Whether a file is a list of items, each with fields of its own.
    package var isList: Bool { self == .jsonl || self == .csv || self == .tsv }
  }
}
