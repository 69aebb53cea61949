import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraStudy

/// Options that change stages in the course of a run.
struct PatchOptions: CheckedArguments {
  @Option(
    name: .customLong("patch"),
    help: ArgumentHelp(
      "Change a stage and show how the vector moves; may be repeated.",
      discussion: """
        STAGE[SELECTION]=VALUE. STAGE is a name as inspect lists it, * for any characters. \
        [SELECTION] may be left out: an index or a range (1:17, its end left out) for each \
        dimension, by position or by name: head, query, key of attention weights; channel, row, \
        column of pixels; token, channel of the rest. VALUE is a number, *FACTOR, \
        FILE.safetensors (the stage of the same name), or from ITEM, another input as similarity \
        takes it: "from @FILE text", "from text:TEXT", "from image:FILE".
        """))
  var patches: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: "With --patch: items whose similarity to the vector is shown before and after.")
  var compare: [String] = []

  func check() throws {
    guard compare.isEmpty || !patches.isEmpty else {
      throw ValidationError("--compare shows what --patch does; give both.")
    }
    do {
      for patch in patches { _ = try PatchArgument(patch) }
    } catch {
      throw ValidationError("--patch \(error)")
    }
  }

  /// The files that patches read.
  var files: [String] {
    patches.compactMap { patch in
      guard let argument = try? PatchArgument(patch) else { return nil }
      return argument.file
    }
  }

  /// Reads files and runs other inputs as far as the patches need them.
  func stagePatches(for embedder: Embedder) throws -> [StagePatch] {
    try patches.map { try PatchArgument($0).patch(for: embedder) }
  }

  /// What the patches do to an item's vector.
  func report(_ patches: [StagePatch], on item: Item, by embedder: Embedder) throws -> PatchReport {
    let others = compare.enumerated().map { ItemSource.line($0, shorthand: $1) }
    var notices = Notices()
    let compared = try others.map { line in
      let embedding = try embedder.encode(line.item.get())
      notices.note(embedding, of: "\(line.row.place) of --compare")
      return (row: line.row, embedding: embedding)
    }
    notices.print()
    return PatchReport(
      patches: self.patches, effect: try embedder.effect(of: patches, on: item), others: compared)
  }
}

/// `STAGE[SELECTION]=VALUE`, taken apart.
private struct PatchArgument {
  private let stage: String
  private let selection: StageSelection
  private let value: Value

  private enum Value {
    case number(Float)
    case factor(Float)
    case file(String)
    case item(ItemLine)
  }

  /// - Throws: `PatchError.syntax`.
  init(_ argument: String) throws {
    guard let equals = argument.firstIndex(of: "=") else {
      throw PatchError.syntax(found: argument, expected: "STAGE=VALUE or STAGE[SELECTION]=VALUE")
    }
    let target = argument[..<equals]
    if let bracket = target.firstIndex(of: "[") {
      guard target.hasSuffix("]") else {
        throw PatchError.syntax(found: String(target), expected: "] before =")
      }
      stage = String(target[..<bracket])
      selection = try StageSelection(String(target[target.index(after: bracket)...].dropLast()))
    } else {
      stage = String(target)
      selection = .all
    }
    guard !stage.isEmpty else {
      throw PatchError.syntax(found: argument, expected: "the name of a stage before =")
    }
    value = try Self.value(String(argument[argument.index(after: equals)...]))
  }

  private static func value(_ text: String) throws -> Value {
    for prefix in ["*", "scale "] where text.hasPrefix(prefix) {
      if let factor = Float(text.dropFirst(prefix.count)), factor.isFinite {
        return .factor(factor)
      }
    }
    if text.hasPrefix("from ") {
      let item = text.dropFirst(5)
      if item.hasPrefix("text:") {
        return .item(ItemLine(index: 0, text: String(item.dropFirst(5)), image: nil))
      }
      let image = item.hasPrefix("image:") ? "@" + item.dropFirst(6) : String(item)
      return .item(ItemSource.line(shorthand: image))
    }
    if let number = Float(text), number.isFinite { return .number(number) }
    guard text.hasSuffix(".safetensors") else {
      throw PatchError.syntax(
        found: text, expected: "a number, *FACTOR, FILE.safetensors or \"from ITEM\"")
    }
    return .file(text)
  }

  /// The file that the value is read from.
  var file: String? {
    switch value {
    case .file(let path): path
    case .item(let line): line.row.image
    case .number, .factor: nil
    }
  }

  func patch(for embedder: Embedder) throws -> StagePatch {
    StagePatch(stage: stage, selection: selection, change: try change(embedder))
  }

  private func change(_ embedder: Embedder) throws -> StagePatch.Change {
    switch value {
    case .number(let number): .fill(number)
    case .factor(let factor): .scale(factor)
    case .file(let path): .stages(try TracedEmbedding.Stage.load(URL(filePath: path)))
    case .item(let line):
      .stages(try embedder.encodeTracing(line.item.get(), matching: [stage]).stages)
    }
  }
}
