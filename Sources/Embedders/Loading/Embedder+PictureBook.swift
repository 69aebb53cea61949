import Foundation
import TesseraPictureBook

extension Embedder {
  /// The model that comes with this package: a small Visualized-BGE that knows a world of drawn
  /// pictures, in English and Chinese.
  ///
  /// For first steps, tests and study; `models/picturebook/README.md` says what it knows. It lies
  /// in `Tessera_TesseraPictureBook.resources` (`.bundle` on Apple's systems), which SwiftPM puts beside
  /// the executable and which has to be installed with it.
  /// - Throws: `EmbedderError.unusableModel` where it is missing or damaged.
  public static func pictureBook(options: Options = Options()) throws -> Embedder {
    try Embedder(modelFolder: pictureBookFolder(), options: options)
  }

  /// The folder of the picture book.
  ///
  /// - Throws: `EmbedderError.unusableModel` where it is missing.
  public static func pictureBookFolder() throws -> URL {
    do {
      return try PictureBook.folder()
    } catch {
      throw EmbedderError.unusableModel(folder: "picture book", reason: "\(error)")
    }
  }
}
