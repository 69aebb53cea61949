import ArgumentParser

/// How a file of items is read.
enum InputFormat: String, ExpressibleByArgument, CaseIterable {
  /// An object a line.
  case jsonl
  /// A text a line, as it stands.
  case text
  /// A header, then a record an item; RFC 4180.
  case csv
  /// As csv, with tabs.
  case tsv

  /// Told by a file's ending: .txt, .csv, .tsv and .tab; whatever else is JSONL, standard input too.
  init(path: String) {
    switch path.split(separator: "/").last?.split(separator: ".").last?.lowercased() {
    case "txt": self = .text
    case "csv": self = .csv
    case "tsv", "tab": self = .tsv
    default: self = .jsonl
    }
  }
}
