import Foundation
import Synchronization
import TesseraEmbedders
import TesseraRetrieval

/// An index on disk under its name, as it was when it was opened or last changed here.
package final class SearchIndex: Sendable {
  package let name: String
  private let path: String
  private let store: Mutex<DiskStore>
  private let changing = Mutex(())

  /// - Throws: `StoreError`, or what is wrong with a file.
  package init(name: String, path: String) throws {
    self.name = name
    self.path = path
    store = Mutex(try DiskStore(reading: path))
  }

  /// Reads what others have committed meanwhile.
  package func reopen() throws { try store.withLock { $0 = try DiskStore(reading: path) } }

  package func facts() throws -> StoreDescription { try store.withLock { try $0.describe() } }

  /// What made the index's vectors is not what would make the queries'.
  package func differences(from fingerprint: Fingerprint) throws -> [String] {
    try facts().fingerprint?.differences(from: fingerprint) ?? []
  }

  func search(_ query: [Float], _ request: StoreRequest) throws -> [StoreHit] {
    try store.withLock { try $0.search([query], request).first ?? [] }
  }

  /// The row of that id, or nil.
  func row(_ id: String) throws -> StoredItem? {
    guard let quote = ["\"", "'"].first(where: { !id.contains($0) }) else { return nil }
    let filter = try Filter("id = \(quote)\(id)\(quote)")
    return try store.withLock { try $0.rows(StoreSelection(filter: filter, limit: 1)).first }
  }

  /// - Throws: `StoreError.locked` where another process writes.
  func add(_ rows: [StoreRow]) throws { try change { try $0.add(rows) } }

  /// - Returns: how many there were.
  func remove(ids: [String]) throws -> Int { try change { try $0.remove(ids: ids) } }

  private func change<Value: Sendable>(_ body: (DiskStore) throws -> Value) throws -> Value {
    try changing.withLock { _ in
      let value = try body(DiskStore(writing: path))
      try reopen()
      return value
    }
  }
}
