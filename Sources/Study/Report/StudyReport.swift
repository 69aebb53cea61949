import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraFiles
import TesseraImages

/// One item, looked into, as a page for a browser: the sequence as the model reads it, attention
/// by layer and head, patches over the picture, norms, and statistics of every stage.
///
/// ```swift
/// let report = try StudyReport(of: item, in: embedder, model: "visualized-bge-base")
/// try report.write(to: URL(filePath: "report.html"))
/// ```
///
/// The page is one file that loads nothing, and takes less than 5 MB.
public struct StudyReport: Sendable {
  /// The page.
  public let html: String

  /// With more tokens, the attention alone would take hundreds of megabytes to compute.
  public static let defaultMaximumTokens = 600

  /// Encodes an item and gathers what is worth seeing.
  ///
  /// - Parameters:
  ///   - item: a text, a picture, or both.
  ///   - model: what the page calls the model.
  ///   - patches: changes of stages; the page shows the run that has them, and names them.
  ///   - maximumTokens: a longer sequence is refused before it is computed.
  /// - Throws: `ReportError`, `EmbedderError`, `PatchError`; `CancellationError` if the task was cancelled.
  public init(
    of item: Item, in embedder: Embedder, model: String, patching patches: [StagePatch] = [],
    maximumTokens: Int = StudyReport.defaultMaximumTokens
  ) throws {
    let plan = try embedder.plan(for: item)
    let sequences = plan.stacks.map { ($0, plan.tokens(in: $0)) }
    let longest = sequences.map(\.1.tokens.count).max() ?? 0
    guard longest <= maximumTokens else {
      throw ReportError.tooManyTokens(longest, limit: maximumTokens)
    }
    let traced = try embedder.encodeTracing(item, patching: patches)
    let stacks = try ReportStack.all(of: traced, sequences, embedder.family.stages)
    let picture = try item.image.map { image in
      let picture = try embedder.pictureAsRead(image)
      return try Pixels(width: picture.side, height: picture.side, rgb: picture.rgb).png()
    }
    let data = ReportData(
      facts: Self.facts(item, plan, traced.embedding, model: model, patches), stacks: stacks,
      picture: picture,
      similarities: try Self.similarities(item, traced.embedding, embedder),
      stages: traced.stages)
    html = ReportPage.html(data: data.json)
  }

  /// Writes the page.
  ///
  /// - Throws: an error that names the file and the system's reason.
  public func write(to file: URL) throws { try FileWriter.write(Data(html.utf8), to: file.path) }

  private static func facts(
    _ item: Item, _ plan: SequencePlan, _ embedding: Embedding, model: String,
    _ patches: [StagePatch]
  ) -> [(String, String)] {
    var facts = [("Model", model)]
    switch item.image {
    case .file(let url): facts.append(("Image", url.lastPathComponent))
    case .data(_, let name): facts.append(("Image", name))
    case nil: break
    }
    if let text = item.text { facts.append(("Text", text)) }
    facts.append(
      ("Vector", "\(embedding.vector.count) numbers, of \(embedding.tokenCount) tokens"))
    if let cut = plan.cut {
      let words = cut.words.prefix(20).joined(separator: " ")
      facts.append(
        (
          "Cut",
          "\(cut.kept) of the text's \(cut.total) tokens were read; not read: \(words)"
            + (cut.words.count > 20 ? " …" : "")
        ))
    }
    if !patches.isEmpty {
      facts.append(("Changed", patches.map(\.stage).joined(separator: ", ")))
    }
    let unknown = plan.unknownWords.map(\.text)
    if !unknown.isEmpty {
      facts.append(("Unknown", "all look alike to the model: " + unknown.joined(separator: ", ")))
    }
    return facts
  }

  /// A fused item beside its parts; nothing to compare for any other.
  private static func similarities(
    _ item: Item, _ fused: Embedding, _ embedder: Embedder
  ) throws -> ReportData.Similarities? {
    guard let image = item.image, let text = item.text, fused.isFinite else { return nil }
    let parts = [try embedder.encode(Item(image: image)), try embedder.encode(.text(text)), fused]
    return ReportData.Similarities(
      items: ["image", "text", "image + text"],
      values: parts.map { one in parts.map { one.similarity(to: $0) } })
  }
}

/// Why there is no report.
public enum ReportError: Error, Equatable, CustomStringConvertible {
  /// The sequence is longer than a report can show.
  case tooManyTokens(Int, limit: Int)
  /// The attention of all layers does not fit into a page of 5 MB.
  case tooLarge(tokens: Int)

  /// One line that says what is wrong, and what helps.
  public var description: String {
    switch self {
    case .tooManyTokens(let count, let limit):
      "a report shows \(limit) tokens at most, this item has \(count); --max-length cuts the text"
    case .tooLarge(let count):
      "the attention of \(count) tokens in all layers is more than a page of 5 MB holds;"
        + " --max-length cuts the text"
    }
  }
}
