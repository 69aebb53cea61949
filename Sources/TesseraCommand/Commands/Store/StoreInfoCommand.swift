import ArgumentParser
import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

struct StoreInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Says what an index holds and what made it.")

  @OptionGroup var store: StoreOptions
  @Option(help: "table is for people.") var format = StoreFormat.json

  func run() throws {
    let output = try OutputFile(path: nil)
    let problems: [String]
    if StoreAddress(store.index).isFolder {
      let facts = try store.reading().facts()
      problems = []
      try output.write(format == .table ? facts.table : facts.json)
    } else {
      let store = try store.opening()
      problems = store.problems
      let facts = try store.describe()
      try output.write(format == .table ? facts.table : facts.json)
    }
    try output.finish()
    if !problems.isEmpty { throw ExitCode(1) }
  }
}

extension StoreFacts {
  fileprivate var json: String {
    JSONWriter.line { object in
      object.member("path", path)
      object.member("version", version)
      object.member("rows", rowCount)
      object.member("dimensions") { json in
        if let dimension { json.write(dimension) } else { json.writeRaw("null") }
      }
      if let tokenDimension { object.member("tokenDimensions", tokenDimension) }
      object.member("vectors", vectorKinds)
      object.member("removed", removedCount)
      object.member("segments", segmentCount)
      object.member("bytes", byteCount)
      object.object("kinds") { for (kind, count) in kinds { $0.member(kind, count) } }
      object.object("files") { for (state, count) in sources { $0.member(state, count) } }
      object.objects("failures", failures) { object, failure in
        object.member("path", failure.path)
        object.member("error", failure.reason)
      }
      if let model { object.member("model", model) }
      if let chunks {
        object.object("chunks") { object in
          object.member("tokens", chunks.tokens)
          object.member("overlap", chunks.overlap)
        }
      }
      object.member("fingerprint") { $0.writeRaw(fingerprint?.json ?? "null") }
    }
  }

  private var hasDense: Bool { vectorKinds.contains(VectorKind.dense.rawValue) }

  fileprivate var table: String {
    func line(_ name: String, _ value: String) -> String {
      name + String(repeating: " ", count: max(1, 18 - name.count)) + value + "\n"
    }
    func list(_ counts: [(String, Int)]) -> String {
      counts.isEmpty ? "none" : counts.map { "\($1) \($0)" }.joined(separator: ", ")
    }
    var text = line("index", path) + line("rows", list(kinds.map { ($0.kind, $0.count) }))
    text += line("dimensions", dimension.map(String.init) ?? (hasDense ? "none yet" : "none"))
    if let tokenDimension { text += line("  of a token", "\(tokenDimension)") }
    text += line("vectors", vectorKinds.joined(separator: ", "))
    text += line("files", list(sources.map { ($0.state, $0.count) }))
    text += line("removed rows", "\(removedCount)") + line("segments", "\(segmentCount)")
    text += line("megabytes", Decimals.text(Float(byteCount) / 1e6, digits: 1, width: 0))
    text += line("model", model ?? "unknown")
    for (name, value) in (fingerprint?.parts ?? [:]).sorted(by: { $0.key < $1.key }) {
      text += line("  " + name, String(value.prefix(60)))
    }
    for failure in failures { text += line("cannot be read", failure.reason) }
    return text
  }
}

extension StoreDescription {
  fileprivate var json: String {
    JSONWriter.line { object in
      object.member("path", place)
      object.member("rows", rowCount)
      object.member("dimensions") { json in
        if let dimension { json.write(dimension) } else { json.writeRaw("null") }
      }
      object.member("fingerprint") { $0.writeRaw(fingerprint?.json ?? "null") }
    }
  }

  fileprivate var table: String {
    let parts = (fingerprint?.parts ?? [:]).sorted { $0.key < $1.key }
    let lines =
      [
        ("index", place), ("rows", "\(rowCount)"),
        ("dimensions", dimension.map(String.init) ?? "none yet"),
        ("made by", parts.isEmpty ? "nobody said" : ""),
      ] + parts.map { ("  " + $0.key, String($0.value.prefix(60))) }
    return lines.map { name, value in
      name + String(repeating: " ", count: max(1, 18 - name.count)) + value + "\n"
    }.joined()
  }
}
