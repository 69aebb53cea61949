import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

/// How hits are written.
enum HitFormat: String, ExpressibleByArgument, CaseIterable {
  case table, jsonl, paths, html, trec

  /// - Parameter firstRank: of the first hit of a query.
  func writer(to output: OutputFile, firstRank: Int) -> any HitWriter {
    switch self {
    case .table: HitTable(output: output, firstRank: firstRank)
    case .jsonl: HitLines(output: output, firstRank: firstRank)
    case .paths: HitPaths(output: output)
    case .html: ContactSheet(output, firstRank: firstRank)
    case .trec: TRECRun(output: output, firstRank: firstRank)
    }
  }
}

/// What a query found.
struct Answer {
  let hits: [StoreHit]
  /// How all rows score; nil unless it was asked for.
  let background: Background?
  /// What each hit rests on; nil unless it was asked for.
  var explanations: [HitExplanation?]?

  /// Nil for a hit that could not be encoded again.
  func explanation(_ place: Int) -> HitExplanation? { explanations?[place] }
}

/// Takes queries with their hits one after another.
protocol HitWriter: AnyObject {
  func begin(index: String, condition: String?) throws
  func write(_ query: ItemRow, _ answer: Result<Answer, QueryFailure>) throws
  func end() throws
}

extension HitWriter {
  func begin(index: String, condition: String?) {}
  func end() {}
}

/// A line a query, as JSON.
final class HitLines: HitWriter {
  private let output: OutputFile
  private let firstRank: Int

  init(output: OutputFile, firstRank: Int) {
    self.output = output
    self.firstRank = firstRank
  }

  func write(_ query: ItemRow, _ answer: Result<Answer, QueryFailure>) throws {
    try output.write(
      JSONWriter.line { object in
        query.writeFields(to: &object, replacing: ["hits"])
        if case .failure(let error) = answer { object.member("error", error.message) }
        let background = try? answer.get().background
        if let background {
          object.object("background") { object in
            object.member("rows", background.count)
            object.member("mean", background.mean)
            object.member("deviation", background.deviation)
          }
        }
        object.objects("hits", ((try? answer.get().hits) ?? []).enumerated()) { object, hit in
          object.member("rank", firstRank + hit.offset)
          object.member("id", hit.element.item.id)
          object.member("score", hit.element.score)
          if !hit.element.parts.isEmpty {
            object.object("scores") { object in
              for kind in VectorKind.allCases {
                if let score = hit.element.parts[kind] { object.member(kind.rawValue, score) }
              }
            }
          }
          if let explanation = try? answer.get().explanation(hit.offset) {
            object.object("because") { explanation.writeFields(to: &$0) }
          }
          if let background {
            object.member("deviations", background.deviations(of: hit.element.score))
            object.member("chance", background.chance(of: hit.element.score))
          }
          hit.element.item.writeFacts(to: &object)
          if let staleness = hit.element.item.staleness {
            object.member("file", staleness.rawValue)
          }
        }
      })
  }
}

extension StoredItem {
  /// The item in one line: where it is, and its words.
  var label: String {
    let mark = staleness.map { "[\($0.rawValue)] " } ?? ""
    let words = text.map { ItemRow.line($0, maximum: 60) }
    return mark
      + [ItemRow.line(place, maximum: 300), words].compactMap { $0 }
      .joined(separator: "  ")
  }

  /// A file as one would type it here, with the line; the id of what a list holds.
  private var place: String {
    guard let path, FoundFile.Kind(path: path)?.isList != true else { return id }
    let here = FileManager.default.currentDirectoryPath + "/"
    let short = path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    return lines.map { "\(short):\($0.lowerBound)" } ?? short
  }
}

/// Lines for people.
final class HitTable: HitWriter {
  private let output: OutputFile
  private let firstRank: Int

  init(output: OutputFile, firstRank: Int) {
    self.output = output
    self.firstRank = firstRank
  }

  func write(_ query: ItemRow, _ answer: Result<Answer, QueryFailure>) throws {
    let title = query.text == nil && query.image == nil ? "query \(query.index)" : query.label
    try output.write(title + "\n")
    for (place, hit) in ((try? answer.get().hits) ?? []).enumerated() {
      try output.write(
        "\(Decimals.pad("\(firstRank + place)", to: 5))\(Decimals.text(hit.score, digits: 4, width: 9))"
          + Self.calibration(of: hit, try? answer.get().background) + "  \(hit.item.label)\n")
      if let explanation = try? answer.get().explanation(place) {
        try output.write(explanation.lines(indent: 16))
      }
    }
  }
}

extension HitTable {
  /// Deviations above the mean of all rows, and how likely that is by chance.
  fileprivate static func calibration(of hit: StoreHit, _ background: Background?) -> String {
    guard let background else { return "" }
    return Decimals.text(background.deviations(of: hit.score), digits: 1, width: 7) + " σ"
      + Decimals.text(background.chance(of: hit.score) * 100, digits: 1, width: 7) + " %"
  }
}

/// A file a line, for other programs: each once, in the order of its best hit.
final class HitPaths: HitWriter {
  private let output: OutputFile
  private var seen: Set<String> = []

  init(output: OutputFile) { self.output = output }

  func write(_ query: ItemRow, _ answer: Result<Answer, QueryFailure>) throws {
    for hit in (try? answer.get().hits) ?? [] {
      guard let file = hit.item.file, seen.insert(file).inserted else { continue }
      try output.write(file + "\n")
    }
  }
}

/// A run as trec_eval reads it: query, Q0, document, rank, score, name of the run.
final class TRECRun: HitWriter {
  private let output: OutputFile
  private let firstRank: Int

  init(output: OutputFile, firstRank: Int) {
    self.output = output
    self.firstRank = firstRank
  }

  func write(_ query: ItemRow, _ answer: Result<Answer, QueryFailure>) throws {
    let name = try Self.checked(query.id)
    for (place, hit) in ((try? answer.get().hits) ?? []).enumerated() {
      try output.write(
        "\(name) Q0 \(Self.checked(hit.item.id)) \(firstRank + place) \(hit.score) tessera\n")
    }
  }

  /// - Throws: `SpaceInID`: white space ends a field.
  private static func checked(_ id: String) throws -> String {
    guard !id.isEmpty, !id.contains(where: \.isWhitespace) else { throw SpaceInID(id: id) }
    return id
  }

  struct SpaceInID: Error, CustomStringConvertible {
    let id: String

    var description: String {
      "the id \"\(id)\" has white space, or nothing, which a run in TREC's format cannot hold"
    }
  }
}
