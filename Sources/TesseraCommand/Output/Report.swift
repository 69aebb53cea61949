import ArgumentParser

/// Whom a report is for: people, or programs.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable { case table, json }

/// What a command says in one piece.
protocol Report {
  /// Lines for people.
  var table: String { get }
  /// JSON, an object a line.
  var json: String { get }
}

extension Report {
  /// Writes one or the other to standard output.
  func print(_ format: ReportFormat) throws {
    let output = try OutputFile(path: nil)
    try output.write(format == .table ? table : json)
    try output.finish()
  }
}
