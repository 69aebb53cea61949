import Foundation
import TesseraHTTP
import TesseraJSON

/// Reads one answer to its end.
struct Reading {
  let dialect: any ChatDialect
  let host: String
  private var filter = ThoughtFilter()
  private var end: String?

  init(dialect: any ChatDialect, host: String) {
    self.dialect = dialect
    self.host = host
  }

  /// An answer that comes in pieces.
  mutating func stream(
    _ answer: any HTTPAnswer, _ redacted: (String) -> String, _ piece: (String) throws -> Void
  ) throws -> String {
    var events = EventStream()
    do {
      while let bytes = try answer.next() {
        try events.take(bytes) { try take($0, redacted, piece) }
        // A server may leave the connection open behind its end.
        if events.isDone { break }
      }
      for value in events.finish() { try take(value, redacted, piece) }
    } catch let error as TransportError {
      try finish(piece)
      if let end { return end }
      throw ChatError.cut(host: host, reason: "the connection \(error)")
    } catch let error as EventStream.NotJSON {
      try finish(piece)
      throw ChatError.cut(
        host: host,
        reason: "expected JSON, found '\(redacted(String(error.line.prefix(100))))'")
    } catch is EventStream.TooLong {
      throw ChatError.cut(host: host, reason: "a line without end")
    }
    try finish(piece)
    guard let end = end ?? (events.isDone ? "stop" : nil) else {
      throw ChatError.cut(host: host, reason: "the stream ends before the answer does")
    }
    return end
  }

  /// An answer in one piece.
  mutating func whole(
    _ body: Data, _ redacted: (String) -> String, _ piece: (String) throws -> Void
  ) throws -> String {
    guard
      let value = try? body.withUnsafeBytes({ try JSONReader.read($0) { try $0.readValue() } })
    else { throw ChatError.answer(host: host, reason: "an answer that is no JSON") }
    try take(value, redacted, piece)
    try finish(piece)
    guard let end else {
      throw ChatError.answer(host: host, reason: "an answer in which there is none")
    }
    return end
  }

  private mutating func take(
    _ value: JSONValue, _ redacted: (String) -> String, _ piece: (String) throws -> Void
  ) throws {
    for event in dialect.events(in: value) {
      switch event {
      case .text(let text):
        let answer = filter.answer(in: text)
        if !answer.isEmpty { try piece(answer) }
      case .finish(let reason):
        // The first word says why; what follows only that it is over.
        end = end ?? reason
      case .failure(let reason): throw ChatError.failed(host: host, reason: redacted(reason))
      }
    }
  }

  private mutating func finish(_ piece: (String) throws -> Void) throws {
    let rest = filter.end()
    if !rest.isEmpty { try piece(rest) }
  }
}
