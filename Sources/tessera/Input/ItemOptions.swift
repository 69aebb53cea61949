import ArgumentParser
import Embedders

/// Options that name the items: one on the command line, or many in a file.
struct ItemOptions: ParsableArguments {
  @Option(help: "A text.") var text: String?
  @Option(help: "An image file: PNG, JPEG or WebP.") var image: String?
  @Option(help: "JSONL file of items, or - for standard input.") var input: String?

  func validate() throws {
    let isSingle = text != nil || image != nil
    guard isSingle != (input != nil) else {
      throw ValidationError("Give either --text and/or --image, or --input.")
    }
  }

  /// The item of the command line.
  var single: ItemLine { ItemLine(index: 0, text: text, image: image) }

  func source() throws -> ItemSource {
    try input.map { try ItemSource(path: $0) } ?? ItemSource(lines: [single])
  }
}
