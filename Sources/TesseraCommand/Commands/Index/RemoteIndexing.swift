import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraRetrieval

/// Brings an index on a server up to date by way of a copy in the cache.
///
/// The copy is first made equal to the server's, without encoding anything again; then it is brought up
/// to date as any folder is, and what is new or gone goes to the server. A run that is stopped finds
/// in the copy what it has encoded.
struct RemoteIndexing {
  private let address: StoreAddress
  /// Kinds of vectors that are asked for.
  private let kinds: [VectorKind]

  init(_ address: StoreAddress, _ kinds: [VectorKind]) {
    self.address = address
    self.kinds = kinds
  }

  /// - Parameter index: brings the index in a folder up to date, whose rows the other is to keep.
  func update(_ index: (_ folder: String, _ remote: any KeptStore) throws -> Void) throws {
    let remote = try address.writing()
    for kind in kinds where !remote.possibleKinds.contains(kind) {
      throw StoreError.kindNotKept(remote.place, kind: kind.rawValue)
    }
    let folder = try Self.folder(for: address.text)
    let before = try fetch(remote, into: folder)
    // Some items may have failed; the others count.
    var status: ExitCode?
    do { try index(folder, remote) } catch let code as ExitCode { status = code }
    let local = try DiskStore(reading: folder)
    var copy = StoreCopy(from: local, to: remote)
    let total = try local.count()
    let progress = IndexProgress()
    try copy.run(.init()) { progress.show(done: $0, total: total, encoded: $0, of: "rows") }
    progress.end()
    let gone = before.subtracting(try local.rows(.init()).map(\.id))
    let removed = try remote.remove(ids: gone.sorted())
    StandardError.write("\(copy.copiedCount) rows written to \(remote.place), \(removed) removed")
    if let status { throw status }
  }

  /// Makes the copy equal to what the server has, and gives the ids of its rows.
  private func fetch(_ remote: any KeptStore, into folder: String) throws -> Set<String> {
    let local = try DiskStore(writing: folder)
    let known = Set(try remote.rows(.init()).map(\.id))
    // What was encoded and never reached the server stays: its files are read as before.
    if !known.isEmpty {
      var copy = StoreCopy(from: remote, to: local)
      try copy.run(.init()) { _ in }
    }
    return known
  }

  /// A folder of the cache that belongs to an address.
  private static func folder(for address: String) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let cache =
      environment["TESSERA_HOME"] ?? environment["XDG_CACHE_HOME"].map { $0 + "/tessera" }
      ?? NSHomeDirectory() + "/.cache/tessera"
    let name = Array(address.utf8).withUnsafeBytes { SHA256.hexadecimal(of: $0) }
    let folder = "\(cache)/indexes"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return "\(folder)/\(name.prefix(16)).tessera"
  }
}
