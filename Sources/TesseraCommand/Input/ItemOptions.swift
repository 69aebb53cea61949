import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraFiles

/// Options that name the items: on the command line, or in a file.
struct ItemOptions: CheckedArguments {
  @Option(parsing: .unconditionalSingleValue, help: "A text; may be repeated.")
  var text: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: """
      Image files: PNG, JPEG, WebP, GIF, BMP or TIFF, and AVIF, HEIC or JPEG XL where the system \
      has their libraries; folders of them, patterns such as "*.png", - for one on standard input. \
      One image and one text are one item.
      """, completion: .file())
  var image: [String] = []
  @OptionGroup var file: ItemFileOptions
  /// Taken only to be refused with a hint.
  @Argument(help: .hidden) var others: [String] = []

  func check() throws {
    if let other = others.first {
      throw ValidationError(
        "Unexpected argument '\(other)': a text stands behind --text, a picture behind --image, a file"
          + " of items behind --input.")
    }
    guard (text.isEmpty && image.isEmpty) != (file.input == nil) else {
      throw ValidationError("Give either --text and/or --image, or --input.")
    }
    guard text.isEmpty || image.isEmpty || (text.count == 1 && image.count == 1) else {
      throw ValidationError(
        "\(text.count) texts with \(image.count) images: which belong together? Give one of each, "
          + "or the items in a file, with --input.")
    }
  }

  /// The item that all options together are; nil where they are several, or a file's.
  var single: ItemLine? {
    guard file.input == nil, text.count <= 1, image.count <= 1,
      image.allSatisfy({ FileIdentity(path: $0) != nil || !PictureFiles.isPattern($0) })
    else { return nil }
    guard let files = try? image.flatMap(PictureFiles.named), files.count <= 1 else { return nil }
    return ItemLine(index: 0, text: text.first, image: files.first)
  }

  func source() throws -> ItemSource {
    if let source = try file.source() { return source }
    let images = try image.flatMap(PictureFiles.named)
    guard let text = text.first else { return ItemSource(images: images) }
    guard !images.isEmpty else {
      return ItemSource(
        lines: self.text.enumerated().map { ItemLine(index: $0, text: $1, image: nil) })
    }
    guard images.count == 1 else {
      throw ValidationError("--image \(image[0]) is \(images.count) images; a text goes with one.")
    }
    return ItemSource(lines: [ItemLine(index: 0, text: text, image: images[0])])
  }
}

/// A file of items.
struct ItemFileOptions: ParsableArguments {
  @Option(
    help: """
      File of items, or - for standard input: JSONL, or by its ending a text a line (.txt), or CSV \
      and TSV with a header; or a folder of images.
      """, completion: .file())
  var input: String?
  @Option(help: "How --input is read, whatever its ending: jsonl, text, csv or tsv.")
  var inputFormat: InputFormat?

  /// Where pictures that the file names are looked up first; nil where there is no such place.
  var folder: String? {
    guard let input, input != "-" else { return nil }
    let folder = (input as NSString).deletingLastPathComponent
    return folder.isEmpty ? "." : folder
  }

  /// Nil where no file is given.
  func source() throws -> ItemSource? {
    try input.map { try ItemSource(path: $0, format: inputFormat) }
  }
}
