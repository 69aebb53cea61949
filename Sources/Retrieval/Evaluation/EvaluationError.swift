/// Why judgements or a run cannot be read.
package enum EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A line of a file is not what it should be.
  case line(path: String, number: Int, expected: String, found: String)
  /// A query has the same document twice.
  case repeated(path: String, number: Int, query: String, document: String)
  /// A file without a single judgement or hit.
  case empty(path: String, expected: String)
  /// Nothing judged was asked.
  case nothingInCommon

  package var description: String {
    switch self {
    case .line(let path, let number, let expected, let found):
      "\(path), line \(number): expected \(expected); found \(found)"
    case .repeated(let path, let number, let query, let document):
      "\(path), line \(number): expected each document once; found \"\(document)\" twice for the "
        + "query \"\(query)\""
    case .empty(let path, let expected): "\(path): expected \(expected); found none"
    case .nothingInCommon:
      "no query has both judgements and hits; are their ids those of the same collection?"
    }
  }
}
