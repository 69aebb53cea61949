import CTesseraPostgres
import Foundation

/// A connection to a database.
final class PostgresConnection {
  private let connection: OpaquePointer
  /// The address without a password.
  let place: String

  /// - Throws: `PostgresError`.
  init(_ address: String, place: String) throws {
    guard pq_is_there() != 0 else { throw PostgresError.noLibrary }
    guard let connection = pq_connect(address) else {
      throw PostgresError.connection(place, reason: "libpq has no memory")
    }
    guard pq_status(connection) == Int32(PQ_CONNECTED) else {
      defer { pq_finish(connection) }
      throw PostgresError.connection(place, reason: Self.line(pq_error(connection)))
    }
    self.connection = connection
    self.place = place
    try run("SET client_min_messages = warning")
    try run("SET client_encoding = 'UTF8'")
  }

  deinit { pq_finish(connection) }

  /// Runs one statement; values take the places of $1, $2, ….
  ///
  /// - Returns: rows of texts, nil for NULL.
  @discardableResult
  func run(_ sql: String, _ values: [String?] = []) throws -> [[String?]] {
    let copies = values.map { $0.map { strdup($0) } }
    defer { for copy in copies { free(copy ?? nil) } }
    let pointers = copies.map { copy in (copy ?? nil).map { UnsafePointer($0) } }
    let result = pq_run(connection, sql, Int32(values.count), pointers)
    defer { pq_clear(result) }
    try check(result, Int32(PQ_COMMAND_OK), Int32(PQ_TUPLES_OK))
    let columns = pq_columns(result)
    return (0..<pq_rows(result)).map { row in
      (0..<columns).map { pq_value(result, row, $0).map { String(cString: $0) } }
    }
  }

  /// Runs `COPY … FROM STDIN` with lines of its text format.
  func copy(_ sql: String, _ lines: [String]) throws {
    let result = pq_run(connection, sql, 0, nil)
    defer { pq_clear(result) }
    try check(result, Int32(PQ_COPY_IN))
    for line in lines {
      var line = line
      let sent = line.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          pq_put(connection, $0.baseAddress, Int32($0.count))
        }
      }
      guard sent == 1 else { throw failure() }
    }
    guard pq_put_end(connection) == 1 else { throw failure() }
    while let result = pq_next(connection) {
      defer { pq_clear(result) }
      try check(result, Int32(PQ_COMMAND_OK))
    }
  }

  /// Makes changes that all happen, or none.
  func transaction<Value>(_ body: () throws -> Value) throws -> Value {
    try run("BEGIN")
    do {
      let value = try body()
      try run("COMMIT")
      return value
    } catch {
      // A copy that failed has results left, before which nothing else runs.
      while let result = pq_next(connection) { pq_clear(result) }
      _ = try? run("ROLLBACK")
      throw error
    }
  }

  private func check(_ result: OpaquePointer?, _ expected: Int32...) throws {
    guard let result else { throw failure() }
    guard expected.contains(pq_result_status(result)) else {
      throw PostgresError.failed(place, reason: Self.line(pq_result_error(result)))
    }
  }

  private func failure() -> PostgresError {
    .failed(place, reason: Self.line(pq_error(connection)))
  }

  private static func line(_ message: UnsafePointer<CChar>?) -> String {
    message.map { String(cString: $0) }?.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "; ") ?? ""
  }
}
