import TesseraChat
import TesseraRetrieval

/// What an index found for a question, as a chat model gets it: pictures first, then texts, each with
/// its number.
package struct ChatSources: Sendable {
  /// What there is to be cited, by its number from 1.
  package let hits: [StoreHit]
  /// What cannot be sent, and why.
  package let failures: [String]
  /// What is sent without its picture, or not at all, as nobody kept that.
  package let notes: [String]
  private let parts: [ChatRequest.Part]

  package init(_ found: [StoreHit], pixels: Int) {
    var hits: [StoreHit] = []
    var failures: [String] = []
    var notes: [String] = []
    var pictures: [ChatRequest.Part] = []
    var texts: [ChatRequest.Part] = []
    for hit in found {
      var picture: ChatRequest.Picture?
      if let image = hit.item.image {
        do {
          picture = try ChatRequest.Picture(file: image, pixels: pixels)
        } catch {
          failures.append("\(error)")
        }
      }
      if hit.item.lacksPicture {
        notes.append("\(hit.item.id): its picture was sent by a client, and is not kept")
      }
      guard picture != nil || hit.item.text != nil else {
        if hit.item.image == nil, !hit.item.lacksPicture {
          failures.append("\(hit.item.id): the index has a vector of it, and nothing to be sent")
        }
        continue
      }
      hits.append(hit)
      let name = "[\(hits.count)] \(Self.name(of: hit.item))"
      if let picture {
        pictures += [.text(name + (hit.item.text.map { ": \($0)" } ?? "")), .picture(picture)]
      } else if let text = hit.item.text {
        texts.append(.text("\(name)\n\(text)"))
      }
    }
    self.hits = hits
    self.failures = failures
    self.notes = notes
    parts = pictures + texts
  }

  /// How a model is to answer, unless somebody says otherwise.
  package static let instructions = """
    Answer the question from the sources given, which are numbered. Cite those that you use as [n]. \
    If they do not hold the answer, say so.
    """

  /// The file without its folders, which are nobody's business; the id of what has none.
  private static func name(of item: StoredItem) -> String {
    let file = (item.file ?? item.id).split(separator: "/").last.map(String.init) ?? item.id
    guard let lines = item.lines else { return file }
    return lines.count == 1
      ? "\(file), line \(lines.lowerBound)"
      : "\(file), lines \(lines.lowerBound) to \(lines.upperBound)"
  }

  /// The sources with a question behind them.
  package func request(
    _ question: String?, picture: ChatRequest.Picture?, system: String = Self.instructions,
    maximumTokens: Int?
  ) -> ChatRequest {
    var parts = parts
    if let picture { parts += [.text("The picture of the question:"), .picture(picture)] }
    parts.append(.text(question ?? "What do the sources say of this picture?"))
    return ChatRequest(system: system, parts: parts, maximumTokens: maximumTokens)
  }
}
