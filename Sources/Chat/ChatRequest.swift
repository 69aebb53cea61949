import Foundation

/// What a chat model is asked.
package struct ChatRequest: Sendable {
  /// How it is to answer.
  package var system: String
  /// What it sees, in this order.
  package var parts: [Part]
  /// Nil: as many as the server likes.
  package var maximumTokens: Int?

  package enum Part: Sendable, Equatable {
    case text(String)
    case picture(Picture)
  }

  package struct Picture: Sendable, Equatable {
    /// image/jpeg or another.
    package let type: String
    package let bytes: Data

    package init(type: String, bytes: Data) {
      self.type = type
      self.bytes = bytes
    }
  }

  package init(system: String, parts: [Part], maximumTokens: Int? = nil) {
    self.system = system
    self.parts = parts
    self.maximumTokens = maximumTokens
  }
}

/// How bytes of pictures are spelled in a request: for a server, or for people.
struct PictureSpelling {
  let isAbbreviated: Bool

  func base64(_ picture: ChatRequest.Picture) -> String {
    isAbbreviated
      ? "… \(picture.bytes.count) bytes" : picture.bytes.base64EncodedString()
  }

  func dataURL(_ picture: ChatRequest.Picture) -> String {
    "data:\(picture.type);base64,\(base64(picture))"
  }
}
