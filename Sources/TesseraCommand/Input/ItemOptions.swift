import ArgumentParser
import TesseraEmbedders

/// Options that name the items: one on the command line, or many in a file.
struct ItemOptions: ParsableArguments {
  @OptionGroup var single: SingleItemOptions
  @Option(help: "JSONL file of items, or - for standard input.") var input: String?

  func validate() throws {
    guard single.isGiven != (input != nil) else {
      throw ValidationError("Give either --text and/or --image, or --input.")
    }
  }

  func source() throws -> ItemSource {
    try input.map { try ItemSource(path: $0) } ?? ItemSource(lines: [single.line])
  }
}
