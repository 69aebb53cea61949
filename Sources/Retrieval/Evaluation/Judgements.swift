/// How relevant documents are to queries: qrels.
package struct Judgements: Sendable, Equatable {
  /// Grades by query and document; from 1 on a document is relevant.
  package private(set) var grades: [String: [String: Int]] = [:]
  /// In the order in which they were read.
  package private(set) var queries: [String] = []

  package init() {}

  /// - Returns: whether the pair was not judged before; otherwise nothing changes.
  @discardableResult
  package mutating func add(query: String, document: String, grade: Int) -> Bool {
    if grades[query] == nil { queries.append(query) }
    guard grades[query, default: [:]][document] == nil else { return false }
    grades[query, default: [:]][document] = grade
    return true
  }

  /// Joins judgements of other queries.
  package mutating func add(_ others: [String: Int], of query: String) {
    for (document, grade) in others { add(query: query, document: document, grade: grade) }
  }
}

extension Judgements {
  /// Reads TREC's qrels (`query 0 document grade`), BEIR's (three columns below a header), or JSON
  /// lines with `query-id`, `corpus-id` and `score`.
  ///
  /// - Throws: `FileError`, `EvaluationError`.
  package init(path: String) throws {
    let file = RecordFile(path)
    var columns: Int?
    try file.forEachLine { line in
      if line.isObject { return try addObject(line, of: file) }
      let fields = line.fields
      if columns == nil {
        columns = fields.count
        if fields == ["query-id", "corpus-id", "score"] { return }
      }
      guard fields.count == columns, fields.count == 3 || fields.count == 4 else {
        throw file.error(
          line, expected: "query, 0, document and grade; or query, document and grade")
      }
      guard let grade = Int(fields[fields.count - 1]) else {
        throw file.error(line, expected: "a whole number as the grade", found: fields.last)
      }
      try add(fields[0], fields[fields.count - 2], grade, line, file)
    }
    guard !queries.isEmpty else {
      throw EvaluationError.empty(path: path, expected: "judgements")
    }
  }

  private mutating func addObject(_ line: RecordFile.Line, of file: RecordFile) throws {
    var (query, document): (String?, String?)
    var grade: Int?
    try file.readObject(line) { key, json in
      switch key {
      case "query-id": query = try json.readID()
      case "corpus-id": document = try json.readID()
      case "score": grade = try json.readInt()
      default: try json.skipValue()
      }
    }
    guard let query, let document, let grade else {
      throw file.error(line, expected: "an object with query-id, corpus-id and score")
    }
    try add(query, document, grade, line, file)
  }

  private mutating func add(
    _ query: String, _ document: String, _ grade: Int, _ line: RecordFile.Line, _ file: RecordFile
  ) throws {
    guard add(query: query, document: document, grade: grade) else {
      throw EvaluationError.repeated(
        path: file.path, number: line.number, query: query, document: document)
    }
  }
}
