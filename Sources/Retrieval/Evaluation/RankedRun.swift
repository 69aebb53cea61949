import TesseraJSON

/// What a system found: for each query, documents with scores.
package struct RankedRun: Sendable, Equatable {
  package struct Hit: Sendable, Equatable {
    package let document: String
    package let score: Float

    package init(document: String, score: Float) {
      self.document = document
      self.score = score
    }
  }

  /// The best hit first, as trec_eval orders them: of equal scores the larger id first, as bytes.
  package private(set) var hits: [String: [Hit]] = [:]
  /// In the order in which they came.
  package private(set) var queries: [String] = []

  package init() {}

  /// Takes the hits of a query, in any order.
  package mutating func add(_ hits: [Hit], of query: String) {
    precondition(self.hits[query] == nil, "the query \(query) twice")
    queries.append(query)
    self.hits[query] = hits.sorted { a, b in
      a.score > b.score
        || a.score == b.score && b.document.utf8.lexicographicallyPrecedes(a.document.utf8)
    }
  }

  /// The same without hits that are the query itself, as some of BEIR's collections are measured.
  package var withoutIdentical: RankedRun {
    var run = RankedRun()
    for query in queries { run.add((hits[query] ?? []).filter { $0.document != query }, of: query) }
    return run
  }
}

extension RankedRun {
  /// Reads TREC's format (`query Q0 document rank score tag`, of which rank and tag do not matter), or
  /// the lines that `tessera search --format jsonl` writes.
  ///
  /// Scores are float32, as trec_eval compares them.
  /// - Throws: `FileError`, `EvaluationError`.
  package init(path: String) throws {
    let file = RecordFile(path)
    var found: [String: [Hit]] = [:]
    var seen: [String: Set<String>] = [:]
    var order: [String] = []
    func note(_ hit: Hit?, of query: String, _ line: RecordFile.Line) throws {
      if found[query] == nil { order.append(query) }
      guard let hit else { return found[query, default: []] += [] }
      guard seen[query, default: []].insert(hit.document).inserted else {
        throw EvaluationError.repeated(
          path: path, number: line.number, query: query, document: hit.document)
      }
      found[query, default: []].append(hit)
    }
    try file.forEachLine { line in
      if line.isObject {
        let (query, hits) = try Self.readAnswer(line, of: file)
        guard found[query] == nil else {
          throw file.error(line, expected: "each query once", found: "\"\(query)\" again")
        }
        try note(nil, of: query, line)
        for hit in hits { try note(hit, of: query, line) }
      } else {
        let fields = line.fields
        guard fields.count == 6 else {
          throw file.error(line, expected: "query, Q0, document, rank, score and tag")
        }
        guard let score = Double(fields[4]), !score.isNaN else {
          throw file.error(line, expected: "a number as the score", found: fields[4])
        }
        try note(Hit(document: fields[2], score: Float(score)), of: fields[0], line)
      }
    }
    guard !order.isEmpty else { throw EvaluationError.empty(path: path, expected: "hits") }
    self.init()
    for query in order { add(found[query] ?? [], of: query) }
  }

  /// An object with `id`, `_id` or else `index`, and `hits` of `id` and `score`.
  private static func readAnswer(
    _ line: RecordFile.Line, of file: RecordFile
  ) throws -> (query: String, hits: [Hit]) {
    var (id, index): (String?, String?)
    var hits: [Hit]?
    try file.readObject(line) { key, json in
      switch key {
      case "id", "_id": id = try json.readID()
      case "index": index = try json.readID()
      case "hits":
        hits = []
        try json.readArray { hits?.append(try readHit(&$0)) }
      default: try json.skipValue()
      }
    }
    guard let query = id ?? index, let hits else {
      throw file.error(line, expected: "an object with an id, or an index, and hits")
    }
    return (query, hits)
  }

  private static func readHit(_ json: inout JSONReader) throws -> Hit {
    let start = json
    var document: String?
    var score: Double?
    try json.readObject { key, json in
      switch key {
      case "id": document = try json.readID()
      case "score": score = try json.readDouble()
      default: try json.skipValue()
      }
    }
    guard let document, let score else { throw start.expected("a hit with an id and a score") }
    return Hit(document: document, score: Float(score))
  }
}
