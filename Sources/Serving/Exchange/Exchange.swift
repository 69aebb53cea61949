import Foundation

/// One request, as any transport hands it over.
package struct Question: Sendable {
  package let method: String
  /// Without the query.
  package let path: String
  /// What stands behind `?`, decoded.
  package let query: [String: String]
  /// By lower-case names.
  package let headers: [String: String]
  package let body: [UInt8]
  /// Who asks, for fairness: a connection, or a key where there are keys.
  package let client: String
  /// Names the request in logs and in the answer.
  package let id: String

  package init(
    method: String, path: String, query: [String: String] = [:], headers: [String: String] = [:],
    body: [UInt8] = [], client: String = "", id: String = ""
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.client = client
    self.id = id
  }

  /// The members of a query as forms write it: `+` is a space, and of equal names the last counts.
  package static func members(ofQuery query: String) -> [String: String] {
    var members: [String: String] = [:]
    for member in query.split(separator: "&") {
      let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { part -> String in
          let spaced = String(part.replacing("+", with: " "))
          return spaced.removingPercentEncoding ?? spaced
        }
      members[parts[0]] = parts.count == 2 ? parts[1] : ""
    }
    return members
  }
}

/// What is said to it.
package struct Answer: Sendable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  /// What comes piece by piece in place of a body; nil for an answer that is there at once.
  package var pieces: AsyncStream<[UInt8]>?

  package init(
    status: Int = 200, contentType: String? = "application/json",
    headers: [(name: String, value: String)] = [], body: [UInt8] = []
  ) {
    self.status = status
    self.headers = (contentType.map { [("content-type", $0)] } ?? []) + headers
    self.body = body
  }

  /// An answer in JSON.
  package static func json(
    status: Int = 200, headers: [(name: String, value: String)] = [], _ text: String
  ) -> Answer {
    Answer(status: status, headers: headers, body: Array(text.utf8))
  }

  /// An answer of events that are sent as they happen.
  package static func events(_ pieces: AsyncStream<[UInt8]>) -> Answer {
    var answer = Answer(
      contentType: "text/event-stream", headers: [("cache-control", "no-store")])
    answer.pieces = pieces
    return answer
  }

  package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
