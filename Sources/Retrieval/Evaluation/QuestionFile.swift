import Foundation

/// What is asked of an index, and where its judgements stand: a folder of BEIR's, or JSON lines.
package struct QuestionFile: Sendable {
  /// JSON lines of items with ids: `_id`, `id`, or else their place from 0.
  package let queries: String
  /// The folder's own judgements; nil for a file.
  package let judgements: String?

  /// - Throws: `EvaluationError.empty` for a folder without queries.jsonl.
  package init(path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else {
      (queries, judgements) = (path, nil)
      return
    }
    queries = path + "/queries.jsonl"
    guard FileManager.default.fileExists(atPath: queries) else {
      throw EvaluationError.empty(path: path, expected: "a folder with queries.jsonl")
    }
    let test = path + "/qrels/test.tsv"
    judgements = FileManager.default.fileExists(atPath: test) ? test : nil
  }
}
