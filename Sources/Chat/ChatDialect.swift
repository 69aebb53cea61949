import Foundation
import TesseraJSON

/// How one kind of server is spoken to.
package protocol ChatDialect: Sendable {
  /// The variable that holds the key, unless another is named.
  var keyVariable: String { get }
  /// Where questions go.
  var url: URL { get }
  /// Where the models of the server are listed; nil where they are not.
  var modelsURL: URL? { get }

  /// The header that shows a key.
  func header(key: String) -> (name: String, value: String)
  var headers: [String: String] { get }
  /// - Parameter alternative: whether the limit goes under its other name.
  func body(_ request: ChatRequest, isAbbreviated: Bool, alternative: Bool) -> String
  /// Whether a refusal says that the limit has another name.
  func wantsAlternative(_ reason: String) -> Bool
  /// What one JSON value of the stream says, or the whole answer of a server that does not stream.
  func events(in value: JSONValue) -> [ChatEvent]
}

extension ChatDialect {
  package var headers: [String: String] { [:] }
  package var modelsURL: URL? { nil }
  package func wantsAlternative(_ reason: String) -> Bool { false }

  package func header(key: String) -> (name: String, value: String) {
    ("Authorization", "Bearer \(key)")
  }

  static func json(_ body: (inout JSONWriter.ObjectWriter) -> Void) -> String {
    var json = JSONWriter()
    json.writeObject(body)
    return json.text
  }

  /// An error in any of the shapes that servers give it.
  static func failure(in value: JSONValue) -> String? {
    ChatServer.reason(in: value, requiringError: true)
  }
}
