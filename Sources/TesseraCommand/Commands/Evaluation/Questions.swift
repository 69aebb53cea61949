import TesseraEmbedders
import TesseraFiles
import TesseraJSON
import TesseraRetrieval

/// Queries of a file or of a BEIR folder, with what is known of their answers.
struct Questions {
  private let file: QuestionFile
  /// Nil where the queries bring their own.
  private let judgements: Judgements?

  struct Answers {
    let run: RankedRun
    let judgements: Judgements
    /// Queries that could not be encoded, and count as without hits.
    let failures: Int
  }

  /// - Parameter given: judgements that stand for those beside the queries.
  init(path: String, judgements given: Judgements?) throws {
    file = try QuestionFile(path: path)
    judgements = try given ?? file.judgements.map { try Judgements(path: $0) }
  }

  /// Encodes the queries and searches an index for each that is judged.
  func ask(
    _ index: String, _ options: ModelOptions, _ comparison: ComparisonOptions, depth: Int
  ) throws -> Answers {
    let store = try StoreAddress(index).reading()
    let source = try ItemSource(path: file.queries)
    let model = try IndexedModel(options, of: store, awaitingVocabulary: false, as: .query)
    try model.requireComparable(with: store)
    let comparison = try comparison.comparison(of: store, options)
    var run = RankedRun()
    var judged = judgements ?? Judgements()
    var failures = 0
    var ids: Set<String> = []
    let request = StoreRequest(limit: depth)
    try QuerySource.items(source, model.embedder, comparison.kinds, shift: nil)
      .forEachBatch { batch in
        var asked: [(id: String, query: Query)] = []
        for query in batch {
          let id = query.row.id
          ids.insert(id)
          if judgements == nil, let grades = try query.row.relevant() { judged.add(grades, of: id) }
          switch query.vectors {
          case .success:
            guard run.hits[id] == nil, !asked.contains(where: { $0.id == id }) else {
              throw RepeatedQuery(id: id, place: query.row.place)
            }
            if judged.grades[id] != nil { asked.append((id, query)) }
          case .failure(let error):
            failures += 1
            StandardError.write("error: \(error.message)")
          }
        }
        for (query, hits) in zip(asked, try comparison.hits(of: asked.map(\.query), request)) {
          run.add(hits.map { .init(document: $0.item.id, score: $0.score) }, of: query.id)
        }
      }
    comparison.printNotices()
    try judged.noteGaps(queries: ids, store)
    return Answers(run: run, judgements: judged, failures: failures)
  }

  private struct RepeatedQuery: Error, CustomStringConvertible {
    let id: String
    let place: String

    var description: String { "\(place): the query \"\(id)\" stands twice; expected each id once" }
  }
}

extension Judgements {
  /// Says what is judged and yet cannot be found, as another file's judgements are.
  ///
  /// - Parameter asked: ids of all queries that there are.
  fileprivate func noteGaps(queries asked: Set<String>, _ store: any KeptStore) throws {
    let unasked = queries.filter { !asked.contains($0) }
    if let first = unasked.first {
      StandardError.note(
        "\(unasked.count) of \(queries.count) judged queries are not among the queries:"
          + " \(first.quoted)\(unasked.count > 1 ? " and others" : "")")
    }
    // A server would be asked for each.
    guard let store = store as? DiskStore else { return }
    let relevant = Set(grades.values.joined().filter { $0.value > 0 }.map { $0.key })
    let missing = try store.missing(ids: relevant).sorted()
    if let first = missing.first {
      StandardError.note(
        "\(missing.count) of \(relevant.count) relevant documents are not in the index, and cannot be"
          + " found: \(first.quoted)\(missing.count > 1 ? " and others" : "")")
    }
  }

  /// - Throws: `EvaluationError.empty` where nothing is judged.
  func orThrow(_ path: String) throws -> Judgements {
    guard !queries.isEmpty else {
      throw EvaluationError.empty(
        path: path, expected: "judgements beside the queries, in them (\"relevant\"), or --qrels")
    }
    return self
  }
}

extension ItemRow {
  /// The grades that an item brings along: a list of relevant ids, or grades by id.
  fileprivate func relevant() throws -> [String: Int]? {
    guard let field = fields.first(where: { $0.key == "relevant" }) else { return nil }
    var grades: [String: Int] = [:]
    do {
      try JSONReader.read(field.json) { json in
        if try json.peek() == .object {
          try json.readObject { id, json in grades[id] = try json.readInt() }
        } else {
          try json.readArray { json in
            let id = try json.peek() == .number ? String(try json.readInt()) : try json.readString()
            grades[id] = 1
          }
        }
      }
    } catch let error as JSONError {
      throw UnusableRelevance(place: place, found: "\(error)")
    }
    return grades
  }

  private struct UnusableRelevance: Error, CustomStringConvertible {
    let place: String
    let found: String

    var description: String {
      "\(place): expected \"relevant\" to list ids, or grades by id; found \(found)"
    }
  }
}
