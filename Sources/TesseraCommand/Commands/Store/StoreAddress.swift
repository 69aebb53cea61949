import ArgumentParser
import Foundation
import TesseraHTTP
import TesseraPostgres
import TesseraQdrant
import TesseraRetrieval

/// Where an index is: a folder, a collection of Qdrant's, or a table of PostgreSQL.
struct StoreAddress {
  let text: String

  static var help: ArgumentHelp {
    """
    The index: a folder, qdrant://HOST[:PORT]/COLLECTION (qdrants:// with TLS), \
    qdrant+file://FOLDER/COLLECTION, or postgresql://HOST/DATABASE?table=NAME.
    """
  }

  init(_ text: String) { self.text = text }

  private static let folderScheme = "qdrant+file://"
  private static let serverSchemes = ["qdrant": "http", "qdrants": "https"]
  /// Seconds of silence that are one too many.
  private static let patience = 60.0

  /// Whether it is a folder of Tessera's own.
  var isFolder: Bool { !text.contains("://") }

  /// The folder that holds it, Tessera's or Qdrant's own; nil where it is on a server.
  var folderOnDisk: String? {
    if isFolder { return text }
    guard text.hasPrefix(Self.folderScheme) else { return nil }
    let path = text.dropFirst(Self.folderScheme.count)
    return URL(filePath: String(path)).deletingLastPathComponent().path
  }

  private var isTable: Bool {
    ["postgresql://", "postgres://"].contains { text.hasPrefix($0) }
  }

  /// What a server calls it: the folder's name, the collection's, or the table's.
  var name: String {
    if isFolder { return URL(filePath: text).deletingPathExtension().lastPathComponent }
    let parts = text.split(separator: "?", maxSplits: 1)
    let table =
      parts.count < 2 ? nil : parts[1].split(separator: "&").last { $0.hasPrefix("table=") }
    let name = table?.dropFirst("table=".count) ?? parts[0].split(separator: "/").last ?? ""
    return name.removingPercentEncoding ?? String(name)
  }

  /// - Throws: `NoFolder`.
  func folder() throws -> String {
    guard isFolder else { throw NoFolder(address: text) }
    return text
  }

  struct NoFolder: Error, CustomStringConvertible {
    let address: String

    /// An address may hold a password.
    var description: String {
      "\(address.prefix { $0 != ":" })://…: this is only done with a folder; tessera store copy makes one of it"
    }
  }

  /// Opens it to be read, and says what one should know of it.
  ///
  /// - Parameter quietly: whether that was said before.
  func reading(quietly: Bool = false) throws -> any KeptStore {
    let store: any KeptStore
    if isFolder {
      store = try DiskStore(reading: text)
    } else if text.hasPrefix(Self.folderScheme) {
      store = try localFolder()
    } else if isTable {
      store = try PostgresStore(PostgresAddress(text), creating: false)
    } else {
      store = try server(creating: false)
    }
    guard !quietly else { return store }
    for remark in store.remarks { StandardError.note(remark) }
    for problem in store.problems { StandardError.write("error: \(problem)") }
    return store
  }

  /// Opens it to be written to; it is made where there is none.
  func writing() throws -> any KeptStore {
    if isFolder { return try DiskStore(writing: text) }
    if text.hasPrefix(Self.folderScheme) { throw StoreError.readOnly(text) }
    if isTable { return try PostgresStore(PostgresAddress(text), creating: true) }
    return try server(creating: true)
  }

  private func localFolder() throws -> QdrantFolder {
    let (place, options) = try parts(String(text.dropFirst(Self.folderScheme.count)))
    let path = place.hasSuffix("/") ? String(place.dropLast()) : place
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw QdrantError.address(text)
    }
    return try QdrantFolder(
      String(path[..<slash]), collection: String(path[path.index(after: slash)...]),
      vector: options["vector"])
  }

  private func server(creating: Bool) throws -> QdrantStore {
    let (place, options) = try parts(text)
    guard let url = URLComponents(string: place), let host = url.host, !host.isEmpty,
      let scheme = Self.serverSchemes[url.scheme ?? ""], url.user == nil, url.password == nil,
      url.fragment == nil
    else { throw QdrantError.address(text) }
    let names = url.path.split(separator: "/", omittingEmptySubsequences: true)
    var address = URLComponents()
    address.scheme = scheme
    address.host = host
    address.port = url.port ?? 6333
    guard let name = names.last, let root = address.url else { throw QdrantError.address(text) }
    // What stands before the collection is the path of a proxy.
    let base = names.dropLast().reduce(root) { $0.appending(path: $1) }
    let server = try QdrantServer(
      base, key: ProcessInfo.processInfo.environment[QdrantError.keyVariable],
      transport: CurlTransport(patience: Self.patience))
    return try QdrantStore(
      server, collection: String(name), vector: options["vector"],
      exact: options["exact"] == "true", creating: creating)
  }

  /// What stands before the question mark, and the options behind it.
  private func parts(_ text: String) throws -> (String, [String: String]) {
    guard let mark = text.lastIndex(of: "?") else { return (text, [:]) }
    var options: [String: String] = [:]
    for option in text[text.index(after: mark)...].split(separator: "&") {
      let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, ["vector", "exact"].contains(parts[0]) else {
        throw QdrantError.address(self.text)
      }
      options[parts[0]] = parts[1].removingPercentEncoding ?? parts[1]
    }
    return (String(text[..<mark]), options)
  }
}
