import Foundation
import TesseraEmbedders

/// An item that may become a row.
package struct ItemDraft: Sendable {
  package var item: StoredItem
  /// What is encoded.
  package let encoded: Item
  /// Where it stands, for messages.
  package let place: String
  /// Whether the id is the user's: then it must not be changed.
  let hasOwnID: Bool

  /// - Parameters:
  ///   - text: what is encoded; the item's text may be a part of it.
  ///   - picture: the picture's file.
  /// - Throws: `FileError` where the picture cannot be read.
  init(
    _ item: StoredItem, text: String?, picture: String?, place: String, hasOwnID: Bool,
    digests: FileDigests = FileDigests()
  ) throws {
    self.item = item
    self.place = place
    self.hasOwnID = hasOwnID
    encoded = Item(text: text, image: picture.map { .file(URL(filePath: $0)) })
    var hash = SHA256()
    // What was encoded, and nothing else, decides whether a vector can be kept.
    hash.update("\(text?.utf8.count ?? -1)\n\(text ?? "")\n")
    if let picture { hash.update(try digests.whole(picture)) }
    self.item.contentHash = hash.hexadecimal()
    if let picture { self.item.taken = CameraTime.read(picture) }
    if let picture, let size = PictureSize(of: picture) {
      self.item.width = size.width
      self.item.height = size.height
    }
  }
}

/// An item that cannot be read.
package struct DraftError: Error, CustomStringConvertible {
  package let place: String
  package let reason: String

  package var description: String { "\(place): \(reason)" }
}
