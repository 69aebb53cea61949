import ArgumentParser
import TesseraJSON
import TesseraRetrieval

struct DuplicatesCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract: "Groups what looks alike in an index, and says what of it to keep.",
    discussion: """
      Two rows are in one group where their cosine is --above or more, or where such pairs join them. \
      The first of a group is the one to keep: the picture of most pixels, then the largest file, then \
      the one that was indexed first. Nothing is removed.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, jsonl, paths }

  @OptionGroup var store: StoreOptions
  @Option(parsing: .unconditional, help: "The least cosine of two that look alike.") var above:
    Float = 0.97
  @Option(name: .customLong("where"), help: "Only rows of which this is true, as search takes it.")
  var condition: String?
  @Option(help: "paths lists what is not to be kept, a file a line.") var format = Format.table

  func check() throws {
    guard above > -1, above <= 1 else {
      throw ValidationError("--above is \(above); expected a cosine, 1 at most.")
    }
    if let condition {
      do { _ = try Filter(condition) } catch { throw ValidationError("\(error)") }
    }
  }

  func run() throws {
    let groups = try store.reading().duplicates(
      above: above, filter: try condition.map { try Filter($0) })
    let output = try OutputFile(path: nil)
    for group in groups {
      switch format {
      case .table: try output.write(group.table + "\n")
      case .jsonl: try output.write(group.json)
      case .paths:
        // A file that holds several rows, or one of those to be kept, is none to be thrown away.
        let kept = group.members.first?.item.file
        for file in group.members.dropFirst().compactMap(\.item.image) where file != kept {
          try output.write(file + "\n")
        }
      }
    }
    try output.finish()
    let count = groups.reduce(0) { $0 + $1.members.count }
    StandardError.write("\(count) rows in \(groups.count) groups")
  }
}

extension DuplicateGroup {
  fileprivate var table: String {
    members.enumerated().map { place, member in
      let size = member.item.width.map { "\($0)×\(member.item.height ?? 0)" } ?? ""
      return "\(place == 0 ? "keep" : "    ")\(Decimals.text(member.score, digits: 4, width: 9))"
        + "  \(Decimals.pad(size, to: 11))  \(member.item.label)\n"
    }.joined()
  }

  fileprivate var json: String {
    JSONWriter.line { object in
      object.objects("members", members.enumerated()) { object, member in
        object.member("id", member.element.item.id)
        object.member("keep", member.offset == 0)
        object.member("score", member.element.score)
        object.member("bytes", member.element.byteCount)
        member.element.item.writeFacts(to: &object)
      }
    }
  }
}
