import ArgumentParser
import Foundation
import TesseraFiles

/// The labels of a classification: from the command line, or one a line from a file.
struct LabelList {
  let labels: [String]

  init(commaSeparated: String?, file: String?) throws {
    var lines: [String] = []
    if let commaSeparated {
      lines = commaSeparated.split(separator: ",").map(String.init)
    } else if let file {
      let reader = try LineReader(path: file)
      while let line = try reader.next() {
        guard let label = String(validating: line.bytes, as: UTF8.self) else {
          throw ValidationError("\(file), line \(line.number): not valid UTF-8")
        }
        lines.append(label)
      }
    }
    labels = lines.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
    guard !labels.isEmpty else { throw ValidationError("There is no label to choose from.") }
    if let repeated = Dictionary(grouping: labels, by: { $0 }).first(where: { $1.count > 1 }) {
      throw ValidationError("The label \"\(repeated.key)\" is given more than once.")
    }
  }
}
