import Foundation

/// A table of a database: `postgresql://user@host:port/database?table=photos`.
package struct PostgresAddress: Sendable, Equatable {
  /// As libpq takes it.
  let connection: String
  let table: String
  /// vector or halfvec.
  let type: String
  let isIndexed: Bool
  /// Without a password.
  package let place: String

  /// - Throws: `PostgresError.address`.
  package init(_ text: String) throws {
    guard var url = URLComponents(string: text),
      ["postgresql", "postgres"].contains(url.scheme ?? "")
    else { throw PostgresError.address(Self.withoutPassword(text)) }
    var options = url.queryItems ?? []
    func take(_ name: String) -> String? {
      defer { options.removeAll { $0.name == name } }
      return options.last { $0.name == name }?.value
    }
    let (type, index) = (take("type") ?? "vector", take("index") ?? "exact")
    guard let table = take("table"), !table.isEmpty, !table.contains("\0"),
      ["vector", "halfvec"].contains(type), ["exact", "hnsw"].contains(index)
    else { throw PostgresError.address(Self.withoutPassword(text)) }
    url.queryItems = options.isEmpty ? nil : options
    connection = url.string ?? text
    self.table = table
    self.type = type
    isIndexed = index == "hnsw"
    url.password = nil
    url.queryItems = [URLQueryItem(name: "table", value: table)]
    place = url.string ?? "PostgreSQL"
  }

  private static func withoutPassword(_ text: String) -> String {
    text.replacing(/:\/\/[^@\/]*@/, with: "://").replacing(/password=[^&]*/, with: "password=…")
  }

  /// The table's name as SQL spells it.
  var quotedTable: String { "\"\(table.replacing("\"", with: "\"\""))\"" }
}
