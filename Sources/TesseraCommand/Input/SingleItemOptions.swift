import ArgumentParser

/// Options that name one item.
struct SingleItemOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "A text.") var text: String?
  @Option(
    help: """
      An image file: PNG, JPEG, WebP, GIF, BMP or TIFF, and AVIF, HEIC or JPEG XL where the system has \
      their libraries; - for standard input.
      """,
    completion: .file())
  var image: String?

  var isGiven: Bool { text != nil || image != nil }

  var line: ItemLine {
    ItemLine(index: 0, text: text, image: image == "-" ? "/dev/stdin" : image)
  }

  /// - Throws: `ValidationError` where there is no item.
  func requireGiven() throws {
    guard isGiven else { throw ValidationError("Give --text, --image or both.") }
  }
}
