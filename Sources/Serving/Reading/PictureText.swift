import Foundation
import TesseraEmbedders

/// Pictures as they stand in JSON: `data:` URLs, or base64 by itself; other URLs only where the
/// server was told which hosts it may ask.
enum PictureText {
  /// - Parameter name: stands in messages.
  /// - Throws: `Problem`.
  static func picture(
    _ text: String, name: String, _ fetching: PictureFetching?, _ budget: ByteBudget
  ) async throws -> ImageSource {
    if let scheme = scheme(of: text), scheme != "data" {
      guard scheme == "http" || scheme == "https" else {
        throw Problem(.invalid, "\(name): pictures are not read from \(scheme): addresses")
      }
      guard let fetching else {
        throw Problem(
          .invalid,
          "\(name): pictures are not fetched from other servers; send base64 or a data: URL")
      }
      let data = try await fetching(text, name)
      guard budget.reserve(data.count) else {
        throw Problem(.tooLarge, "\(name): the request's pictures are too large together")
      }
      return .data(data, name: name)
    }
    return .data(try bytes(of: text, name: name), name: name)
  }

  private static func bytes(of text: String, name: String) throws(Problem) -> Data {
    var base64 = text[...]
    if text.hasPrefix("data:") {
      guard let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")) else {
        throw Problem(.invalid, "\(name): a data: URL without a comma")
      }
      guard text[..<comma].hasSuffix(";base64") else {
        throw Problem(.invalid, "\(name): a data: URL that is not in base64")
      }
      base64 = text[text.utf8.index(after: comma)...]
    }
    guard let data = Data(base64Encoded: String(base64)), !data.isEmpty else {
      throw Problem(.invalid, "\(name): a picture in base64 or a data: URL is expected")
    }
    return data
  }

  /// What stands before the first colon, where it can be a scheme.
  private static func scheme(of text: String) -> String? {
    let start = text.utf8.prefix(16)
    guard let colon = start.firstIndex(of: UInt8(ascii: ":")), colon > start.startIndex else {
      return nil
    }
    return text[..<colon].lowercased()
  }
}

/// Brings a picture from another server, within what the server allows.
package typealias PictureFetching = @Sendable (_ url: String, _ name: String) async throws -> Data
