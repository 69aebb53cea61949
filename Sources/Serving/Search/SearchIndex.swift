import Dispatch
import Foundation
import Synchronization
import TesseraEmbedders
import TesseraRetrieval

/// An index under its name, as it was when it was opened or last changed here.
///
/// One thing is done with it at a time, on a queue of its own, as a server may be slow to answer.
package final class SearchIndex: Sendable {
  /// Opens the store, to be changed or only to be read.
  package typealias Opening = @Sendable (_ changing: Bool) throws -> sending any KeptStore

  package let name: String
  /// The model whose vectors it has; nil: the server's first.
  package let model: String?
  /// How pictures were read for it; nil: as the model does.
  package let pixels: PixelReading?
  private let open: Opening
  private let store: Mutex<any KeptStore>
  private let queue: DispatchQueue

  /// - Throws: what `open` throws.
  package init(
    name: String, model: String? = nil, pixels: PixelReading? = nil, open: @escaping Opening
  ) throws {
    self.name = name
    self.model = model
    self.pixels = pixels
    self.open = open
    store = Mutex(try open(false))
    queue = DispatchQueue(label: "tessera.index.\(name)")
  }

  /// Reads what others have committed meanwhile.
  package func reopen() throws { try store.withLock { $0 = try open(false) } }

  func facts() async throws -> StoreDescription { try await read { try $0.describe() } }

  /// The kinds of vectors that its rows have.
  func kinds() async throws -> [VectorKind] { try await read { $0.vectorKinds } }

  /// Those that a query needs.
  func comparedKinds() async throws -> [VectorKind] { try await read { $0.ownMode.kinds } }

  /// - Parameter least: the cosine from which on two hits count as duplicates.
  /// - Returns: hits, and the better one that each of them duplicates, by their places.
  func search(
    _ query: StoreQuery, _ request: StoreRequest, duplicates least: Float?
  ) async throws -> (hits: [StoreHit], duplicated: [Int: Int]) {
    try await read { store in
      if least != nil { try store.requireDense() }
      let hits = try store.search(query, request)
      guard let least, hits.count > 1 else { return (hits, [:]) }
      let kept = try store.kept(ids: hits.map(\.item.id))
      let vectors = hits.map { kept[$0.item.id]?.vector ?? [] }
      return (hits, NearDuplicates(cosine: least).places(in: vectors))
    }
  }

  /// The row of that id with its vector, or nil.
  func row(_ id: String) async throws -> KeptRow? {
    try await read { try $0.kept(ids: [id])[id] }
  }

  /// - Throws: `StoreError.locked` where another process writes, `Problem` for rows of files.
  func add(_ rows: [StoreRow]) async throws {
    try await change { store in
      if let (id, file) = try Self.ofFile(rows.map(\.item.id), in: store) {
        throw Problem(
          .conflict,
          "the id \(id.prefix(200)) is that of an item of \(file), which tessera index keeps:"
            + " expected an id that no file's item has", field: "items")
      }
      try store.add(rows)
    }
  }

  /// - Returns: how many there were.
  /// - Throws: `StoreError.locked` where another process writes, `Problem` for rows of files.
  func remove(ids: [String]) async throws -> Int {
    try await change { store in
      if let (id, file) = try Self.ofFile(ids, in: store) {
        throw Problem(
          .conflict,
          "\(id.prefix(200)) is an item of \(file), which tessera index keeps: remove it there, and"
            + " run tessera index, with --prune where the file is gone", field: "ids")
      }
      return try store.remove(ids: ids)
    }
  }

  /// The first id whose row came from a file. No run of `tessera index` would bring that row back, as
  /// its file is unchanged.
  private static func ofFile(
    _ ids: [String], in store: any KeptStore
  ) throws -> (id: String, file: String)? {
    let rows = try store.kept(ids: ids)
    return ids.lazy.compactMap { id in
      rows[id]?.source.map { (id: id, file: $0.path) }
    }.first
  }

  /// Asks the store, and once more after opening it anew where its server has closed the connection.
  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (any KeptStore) throws -> Value
  ) async throws -> Value {
    try await run { [open] store in
      do {
        return try body(store)
      } catch {
        if error is StoreError || error is SearchError || error is FilterError { throw error }
        store = try open(false)
        return try body(store)
      }
    }
  }

  private func change<Value: Sendable>(
    _ body: @escaping @Sendable (any KeptStore) throws -> Value
  ) async throws -> Value {
    try await run { [open] store in
      // What writes to a folder holds its lock only for that.
      let value = try body(open(true))
      store = try open(false)
      return value
    }
  }

  private func run<Value: Sendable>(
    _ body: @escaping @Sendable (inout sending any KeptStore) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(with: Result { try self.store.withLock { try body(&$0) } })
      }
    }
  }
}

/// Hits that repeat a better one.
struct NearDuplicates {
  /// The least cosine of two.
  let cosine: Float

  /// The first earlier place that each repeats and that itself repeats none.
  func places(in vectors: [[Float]]) -> [Int: Int] {
    let units = vectors.map(Self.unit)
    var found: [Int: Int] = [:]
    for place in units.indices {
      found[place] = units[..<place].indices.first { other in
        found[other] == nil && Self.dot(units[place], units[other]) >= Double(cosine)
      }
    }
    return found
  }

  private static func unit(_ vector: [Float]) -> [Double] {
    let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return length > 0 ? vector.map { Double($0) / length } : []
  }

  /// Below every cosine where one has no direction.
  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    guard !a.isEmpty, a.count == b.count else { return -2 }
    return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
