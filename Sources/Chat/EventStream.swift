import Foundation
import TesseraJSON

/// Cuts a stream into its JSON values: events of server-sent events, or lines.
///
/// Only whole lines are read, so that no character is ever cut.
struct EventStream {
  private var buffer: [UInt8] = []
  private var data: [String] = []
  /// Whether the server said that nothing follows.
  private(set) var isDone = false

  /// A line of a stream that is no JSON.
  struct NotJSON: Error {
    let line: String
  }

  /// Hands out each value that the bytes complete, so that those before an error are not lost.
  ///
  /// - Throws: `NotJSON`, `TooLong`, or what `body` throws.
  mutating func take(_ bytes: Data, _ body: (JSONValue) throws -> Void) throws {
    for byte in bytes {
      guard byte != UInt8(ascii: "\n") else {
        for value in try takeLine() { try body(value) }
        continue
      }
      buffer.append(byte)
      guard buffer.count <= Self.longestLine else { throw TooLong() }
    }
  }

  struct TooLong: Error {}
  private static let longestLine = 16 << 20

  /// What the last bytes say, where no end of a line follows them.
  mutating func finish() -> [JSONValue] {
    var values = (try? takeLine()) ?? []
    values += (try? takeEvent()) ?? []
    return values
  }

  private mutating func takeLine() throws -> [JSONValue] {
    defer { buffer = [] }
    if buffer.last == UInt8(ascii: "\r") { buffer.removeLast() }
    guard !buffer.isEmpty else { return try takeEvent() }
    guard let line = String(validating: buffer, as: UTF8.self) else { throw NotJSON(line: "") }
    if line.hasPrefix("data:") {
      let rest = line.dropFirst(5)
      data.append(String(rest.hasPrefix(" ") ? rest.dropFirst() : rest))
      // Few servers write more than one line, and some end a stream without an empty one.
      guard data.count == 1, let values = try? takeEvent(keepingFailures: true) else { return [] }
      return values
    }
    if ["event:", "id:", "retry:", ":"].contains(where: line.hasPrefix) { return [] }
    return [try Self.value(line)]
  }

  private mutating func takeEvent(keepingFailures: Bool = false) throws -> [JSONValue] {
    guard !data.isEmpty else { return [] }
    let text = data.joined(separator: "\n")
    if text.trimmingCharacters(in: .whitespaces) == "[DONE]" {
      isDone = true
      data = []
      return []
    }
    if keepingFailures {
      let value = try Self.value(text)
      data = []
      return [value]
    }
    defer { data = [] }
    return [try Self.value(text)]
  }

  private static func value(_ text: String) throws -> JSONValue {
    do {
      return try JSONReader.read(text) { try $0.readValue() }
    } catch {
      throw NotJSON(line: text)
    }
  }
}
