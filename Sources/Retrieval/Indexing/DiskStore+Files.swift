extension DiskStore {
  /// The files of the store, as they were found.
  ///
  /// - Throws: `StoreError.fingerprint` where there are rows that came from no file.
  package func filesToReadAgain() throws -> [FoundFile] {
    let sources = try sources().values
    let known = sources.reduce(0) { $0 + $1.rowCount }
    let rows = try count()
    guard rows == known else {
      throw StoreError.fingerprint(
        path,
        differences: ["\(rows - known) rows are vectors from elsewhere, which no model can redo"])
    }
    return sources.compactMap { source in
      FoundFile.Kind(rawValue: source.record.kind).map { kind in
        FoundFile(
          path: source.record.path, name: source.record.name, kind: kind,
          caption: source.record.caption)
      }
    }.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }
}
