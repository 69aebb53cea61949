import ArgumentParser
import TesseraEmbedders
import TesseraJSON

struct MatchCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "match",
    abstract: "Says how well texts and images belong together, reading each text beside the image.",
    discussion: """
      Slower than comparing vectors, and better: for the hits of a search, say. It needs a model such as \
      BLIP's for retrieval. Every text is read beside every image; a row is \
      {"index", "image", "text", "probability", "logits"}, the logits those of "does not belong" and \
      "belongs". An image that fails is a row with "error", and the exit status is 1.
      """)

  @OptionGroup var model: ModelOptions
  @Option(
    help: "An image file, a folder, a pattern such as \"*.png\", or -; may be repeated.",
    completion: .file())
  var image: [String] = []
  @Argument(help: "Texts.") var texts: [String] = []

  func check() throws {
    guard !image.isEmpty else { throw ValidationError("Give the images with --image.") }
    guard !texts.isEmpty else {
      throw ValidationError("Give a text: tessera match --image F \"a red bus\"")
    }
  }

  func run() throws {
    let matcher = try PictureMatcher(model.loadEmbedder())
    let output = try OutputFile(path: nil)
    var outcome = Outcome()
    let source = ItemSource(images: try image.flatMap(PictureFiles.named))
    for (number, text) in texts.enumerated() {
      guard let cut = try matcher.truncation(of: text) else { continue }
      outcome.noteTruncation(kept: cut.kept, total: cut.total, of: "text \(number + 1)")
    }
    let progress = Progress("matched", of: source)
    try source.forEachBatch { batch in
      let images = batch.compactMap { try? $0.item.get().image }
      let columns = try texts.map { try matcher.match($0, with: images) }
      var place = 0
      for line in batch {
        for (column, text) in texts.enumerated() {
          let row = ItemRow(
            index: line.row.index * texts.count + column, line: nil, text: text,
            image: line.row.image, fields: [])
          let match = line.item.flatMap { _ in
            columns[column][place].mapError(ItemFailure.encoding)
          }
          if case .failure(let error) = match { outcome.noteFailure(row.message(error)) }
          try output.write(Self.line(row, match))
        }
        if case .success = line.item { place += 1 }
      }
      outcome.notePictures(of: batch, readAs: model.pixels)
      try output.flush()
      progress.advance(by: batch.count)
    }
    progress.end()
    try output.finish()
    try outcome.end()
  }

  private static func line(
    _ row: ItemRow, _ match: Result<PictureMatcher.Match, ItemFailure>
  ) -> String {
    JSONWriter.line { object in
      row.writeFields(to: &object)
      switch match {
      case .success(let match):
        object.member("probability", match.probability)
        object.member("logits", match.logits)
      case .failure(let error): object.member("error", row.message(error))
      }
    }
  }
}
