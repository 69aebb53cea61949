import Foundation
import TesseraHTTP
import TesseraJSON

/// A repository that can be listed, and whose files have addresses.
protocol Repository: Sendable {
  var name: ModelName { get }
  var client: Client { get }

  /// - Throws: `HubError`.
  func listing() throws -> RepositoryListing
  func address(of file: String, commit: String) -> URL
  /// Turns an answer that is none of the file into the reason.
  func refusal(_ arrival: Client.Arrival, file: String) -> HubError
}

extension Repository {
  /// The JSON of an answer, and its place for complaints.
  func json(of arrival: Client.Arrival) throws -> Field {
    let host = Origin(arrival.url).host
    let body = try client.text(of: arrival)
    guard arrival.head.status == 200 else { throw refusal(arrival, file: "") }
    do {
      let value = try body.withUnsafeBytes { bytes in
        try JSONReader.read(bytes) { try $0.readValue() }
      }
      return Field(value: value, place: FilePlace(file: "the listing of \(name) at \(host)"))
    } catch is JSONError {
      throw arrival.head.isPage
        ? HubError.page(host: host) : HubError.answer(host: host, reason: "an answer without JSON")
    }
  }

  /// What any server says by its status alone.
  func refusal(byStatus arrival: Client.Arrival) -> HubError {
    let host = Origin(arrival.url).host
    let head = arrival.head
    if head.status == 429 { return .busy(host: host, seconds: head.secondsToWait) }
    if head.isPage, head.status < 400 { return .page(host: host) }
    return .status(host: host, status: head.status, reason: head["X-Error-Message"] ?? "")
  }
}

extension HTTPHead {
  /// How long a busy server wants to be left alone: Retry-After, or `t` of RateLimit.
  var secondsToWait: Int? {
    if let seconds = self["Retry-After"].flatMap({ Int($0) }) { return max(0, seconds) }
    return self["RateLimit"]?.split(separator: ";").lazy
      .compactMap { part in
        let field = part.trimmingCharacters(in: .whitespaces)
        return field.hasPrefix("t=") ? Int(field.dropFirst(2)) : nil
      }.first
  }
}

extension URL {
  /// The address with more components, each of them escaped as a whole.
  func below(_ components: [String], query: [(String, String)] = []) -> URL {
    func escaped(_ text: String) -> String {
      text.utf8.map { byte in
        let isPlain = byte.isWordByte || "-.~".utf8.contains(byte)
        let digits = String(byte, radix: 16, uppercase: true)
        return isPlain
          ? String(UnicodeScalar(byte)) : "%" + (digits.count < 2 ? "0" : "") + digits
      }.joined()
    }
    var text = absoluteString + components.map { "/" + escaped($0) }.joined()
    if !query.isEmpty {
      text += "?" + query.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    }
    return URL(string: text) ?? self
  }
}
