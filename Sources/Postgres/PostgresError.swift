/// Why PostgreSQL cannot do what it is asked to.
package enum PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  case address(String)
  case noLibrary
  case connection(String, reason: String)
  case noTable(String, of: String)
  case notATable(String, reason: String)
  case failed(String, reason: String)

  package var description: String {
    switch self {
    case .address(let text):
      "'\(text)' is no table: expected postgresql://HOST/DATABASE?table=NAME, perhaps with "
        + "&type=vector or halfvec, and &index=exact or hnsw"
    case .noLibrary: "there is no libpq to be loaded: install PostgreSQL's client (libpq5)"
    case .connection(let place, let reason): "\(place) cannot be reached: \(reason)"
    case .noTable(let table, let place): "\(place) has no table \(table)"
    case .notATable(let table, let reason): "\(table) is no index: \(reason)"
    case .failed(let place, let reason): "\(place): \(reason)"
    }
  }
}
