import TesseraEmbedders
import TesseraImages

/// What a reader of the vectors should know, said once at the end of a run.
struct Notices {
  private var truncatedCount = 0
  private var exampleOfTruncation = ""
  private var unknownCount = 0
  private var exampleOfUnknown = ""
  private var otherwiseSeenCount = 0
  private var exampleOfOtherwiseSeen = ""

  /// Notes what is to be said of one text; `place` is where it stands: "line 3".
  mutating func note(_ embedding: Embedding, of place: String) {
    if let truncation = embedding.truncation {
      noteTruncation(kept: truncation.kept, total: truncation.total, of: place)
    }
    if let unknown = embedding.unknownWords {
      noteUnknown(count: unknown.count, examples: unknown.examples, of: place)
    }
  }

  /// Notes what a model reads of an item, where nothing that was computed says so.
  mutating func note(_ item: Item, readBy embedder: Embedder, at place: String) {
    // What cannot be read is told where it is computed.
    guard let read = try? embedder.reader.input(of: item) else { return }
    if let cut = read.truncation { noteTruncation(kept: cut.kept, total: cut.total, of: place) }
    if let unknown = read.unknownWords {
      noteUnknown(count: unknown.count, examples: unknown.examples, of: place)
    }
  }

  mutating func noteTruncation(kept: Int, total: Int, of place: String) {
    if truncatedCount == 0 {
      exampleOfTruncation = "\(place) has \(total) tokens, of which \(kept) were read"
    }
    truncatedCount += 1
  }

  mutating func noteUnknown(count: Int, examples: [String], of place: String) {
    if unknownCount == 0 {
      exampleOfUnknown = examples.map { "\"\($0)\"" }.joined(separator: ", ") + " in \(place)"
    }
    unknownCount += count
  }

  /// Notes a picture of which a person sees something else than the model reads.
  mutating func notePicture(of line: ItemLine, readAs reading: PixelReading) {
    guard reading == .reference, let name = line.row.image,
      let image = try? line.item.get().image, let traits = try? PictureTraits(image),
      traits.areSeenOtherwise
    else { return }
    if otherwiseSeenCount == 0 {
      let what =
        traits.hasSixteenBitGray
        ? "gray of 16 bits, of which all above 255 is white"
        : "an orientation, \(traits.orientation), that is not applied"
      exampleOfOtherwiseSeen = "\(ItemRow.line(name, maximum: 80)) has \(what)"
    }
    otherwiseSeenCount += 1
  }

  /// Says what is to be said of one item alone.
  static func print(_ embedding: Embedding, of line: ItemLine, readAs reading: PixelReading) {
    var notices = Notices()
    notices.notePicture(of: line, readAs: reading)
    notices.note(embedding, of: line.row.place)
    notices.print()
  }

  func print() {
    if otherwiseSeenCount > 0 {
      StandardError.note(
        "\(otherwiseSeenCount) image\(otherwiseSeenCount == 1 ? " was" : "s were") read as the"
          + " reference does, and look otherwise to a person (--pixels shown reads what is seen):"
          + " \(exampleOfOtherwiseSeen)")
    }
    if truncatedCount > 0 {
      StandardError.note(
        "\(truncatedCount) text\(truncatedCount == 1 ? " was" : "s were") cut to the limit"
          + " of tokens: \(exampleOfTruncation)")
    }
    if unknownCount > 0 {
      StandardError.note(
        "\(unknownCount) word\(unknownCount == 1 ? " is" : "s are") not in the model's"
          + " vocabulary, and all look alike to it: \(exampleOfUnknown)")
    }
  }
}

extension PictureTraits {
  fileprivate init(_ image: ImageSource) throws {
    switch image {
    case .file(let url): try self.init(contentsOf: url.path)
    case .data(let data, let name):
      self = try data.withUnsafeBytes { try PictureTraits(of: $0, file: name) }
    }
  }
}
