import Foundation

/// What becomes one vector: a text, a picture, or a picture with a text.
public struct Item: Sendable {
  /// The text; empty is a text too.
  public var text: String?
  /// The picture.
  public var image: ImageSource?

  /// What is put before the text; nil for what the embedder puts before all.
  public var prompt: Prompt?

  /// Makes an item; a text or a picture must be given to be encoded.
  public init(text: String? = nil, image: ImageSource? = nil, prompt: Prompt? = nil) {
    self.text = text
    self.image = image
    self.prompt = prompt
  }

  /// A text by itself.
  public static func text(_ text: String) -> Item { Item(text: text) }

  /// A text behind a prompt.
  public static func text(_ text: String, prompt: Prompt) -> Item {
    Item(text: text, prompt: prompt)
  }

  /// A picture by itself.
  public static func image(_ file: URL) -> Item { Item(image: .file(file)) }

  /// A picture and a text that share one vector.
  public static func pair(image: URL, text: String) -> Item {
    Item(text: text, image: .file(image))
  }
}

/// Where a picture's bytes are: PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF, HEIC or JPEG XL, told by their
/// content.
public enum ImageSource: Sendable {
  /// A file.
  case file(URL)
  /// Bytes in memory; the name stands in messages.
  case data(Data, name: String)
}
