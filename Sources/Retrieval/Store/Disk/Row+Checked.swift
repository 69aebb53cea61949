import GRDB

/// Columns of rows as they should be: what GRDB's subscripts trap on, a damaged database may hold.
extension Row {
  /// - Throws: `StoreError.damaged` where the column holds something else, or nothing.
  func required<Value: DatabaseValueConvertible>(
    _ column: String, as type: Value.Type = Value.self
  ) throws -> Value {
    guard let value: Value = try optional(column) else { throw Self.damage(column, .null, type) }
    return value
  }

  /// Nil where the column is empty.
  ///
  /// - Throws: `StoreError.damaged` where it holds something else.
  func optional<Value: DatabaseValueConvertible>(
    _ column: String, as type: Value.Type = Value.self
  ) throws -> Value? {
    guard let stored = self[column] as DatabaseValue?, !stored.isNull else { return nil }
    guard let value = Value.fromDatabaseValue(stored) else {
      throw Self.damage(column, stored, type)
    }
    return value
  }

  private static func damage<Value>(
    _ column: String, _ found: DatabaseValue, _ type: Value.Type
  ) -> StoreError {
    .damaged(
      file: StoreDatabase.fileName,
      reason: "column \(column): expected \(type); found \(found.description.prefix(60))")
  }
}
