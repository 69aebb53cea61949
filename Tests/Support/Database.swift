import Foundation

/// A PostgreSQL with pgvector for the tests of a run, where one can be had.
package enum Database {
  private static let server = Result { try LoopbackServer("postgres") }

  /// Why there is none.
  package static var reason: String? {
    do {
      _ = try server.get()
      return nil
    } catch {
      return "\(error)"
    }
  }

  package static func address(_ table: String) throws -> String {
    let name = table.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? table
    return "postgresql://tessera@127.0.0.1:\(try server.get().port)/postgres?table=\(name)"
  }
}
