import Foundation
import GRDB
import TesseraFiles
import TesseraTensors

/// The database of a store: all that is known of rows, and how many of the vectors' files count.
package enum StoreDatabase {
  static let fileName = "index.sqlite"
  /// "TESS", by which SQLite's own tools can tell what a file is.
  static let applicationID = 0x5445_5353
  /// From version 2 on rows may have lists of vectors too; in version 3 they have no dense vector.
  package static let version = 3

  /// Opens the database to write, and makes it where there is none.
  ///
  /// - Throws: `StoreError`, `DatabaseError`.
  package static func openToWrite(_ folder: String) throws -> DatabaseQueue {
    var configuration = Self.configuration
    configuration.journalMode = .wal
    configuration.prepareDatabase { database in
      // What was reported as committed must outlive a loss of power.
      try database.execute(sql: "PRAGMA synchronous = FULL")
    }
    let queue = try DatabaseQueue(path: "\(folder)/\(fileName)", configuration: configuration)
    try queue.inTransaction(.immediate) { database in
      if try isEmpty(database) { try create(database) }
      return .commit
    }
    try queue.read { try checkVersion($0, folder) }
    try queue.inTransaction(.immediate) { database in
      try migrate(database)
      return .commit
    }
    return queue
  }

  /// Opens the database to read, as it is at this moment: a transaction stays open until the
  /// database is closed.
  ///
  /// - Throws: `StoreError`, `DatabaseError`.
  package static func openToRead(_ folder: String) throws -> DatabaseQueue {
    var configuration = Self.configuration
    configuration.readonly = true
    configuration.allowsUnsafeTransactions = true
    func open(_ folder: String) throws -> DatabaseQueue {
      let queue = try DatabaseQueue(path: "\(folder)/\(fileName)", configuration: configuration)
      try queue.inDatabase { database in
        try database.execute(sql: "BEGIN")
        _ = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master")
        try checkVersion(database, folder)
      }
      return queue
    }
    do {
      return try open(folder)
    } catch let error as DatabaseError where Self.needsCopy(error) {
      // SQLite shares a file of its own with writers; where nobody can make one, nobody writes.
      return try withCopy(of: folder, open)
    }
  }

  /// Whether the folder may not be written to, or has no room for the file that is shared.
  private static func needsCopy(_ error: DatabaseError) -> Bool {
    let fullDisk: [ResultCode] = [
      .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_SHMMAP, .SQLITE_IOERR_SHMOPEN,
    ]
    return [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
      || fullDisk.contains(error.extendedResultCode)
  }

  /// Says of damage that SQLite finds which file has it, and what can be done.
  ///
  /// - Throws: `StoreError.damaged`, or what `body` throws.
  static func naming<Value>(_ folder: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatabaseError where Self.damage.contains(error.resultCode) {
      throw StoreError.damaged(
        file: "\(folder)/\(fileName)",
        reason:
          "\(error.message ?? "\(error.resultCode)"); tessera index makes it anew,"
          + " under another name, and tessera store verify tells what else is damaged")
    }
  }

  private static let damage: [ResultCode] = [.SQLITE_CORRUPT, .SQLITE_NOTADB]

  package static func withCopy(
    of folder: String, _ open: (String) throws -> DatabaseQueue
  ) throws -> DatabaseQueue {
    let files = FileManager.default
    let copy = files.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)").path
    try files.createDirectory(atPath: copy, withIntermediateDirectories: true)
    // A file that is open stays readable when its name is gone.
    defer { try? files.removeItem(atPath: copy) }
    for name in [fileName, fileName + "-wal"] where files.fileExists(atPath: "\(folder)/\(name)") {
      // Foundation's errors say it in a way of their own.
      _ = try OpenFile("\(folder)/\(name)")
      try files.copyItem(atPath: "\(folder)/\(name)", toPath: "\(copy)/\(name)")
    }
    return try open(copy)
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      database.add(function: part("folder_of") { String($0.dropLast($1.count + 1)) })
      database.add(function: part("name_of") { $1 })
    }
    return configuration
  }

  /// A function of a path and its last part.
  private static func part(
    _ name: String, _ value: @escaping @Sendable (String, String) -> String
  ) -> DatabaseFunction {
    DatabaseFunction(name, argumentCount: 1, pure: true) { arguments in
      guard let path = String.fromDatabaseValue(arguments[0]) else { return nil }
      return value(path, path.split(separator: "/").last.map(String.init) ?? path)
    }
  }

  private static func isEmpty(_ database: Database) throws -> Bool {
    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") == 0
  }

  static func version(of database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
  }

  private static func checkVersion(_ database: Database, _ folder: String) throws {
    let id = try Int.fetchOne(database, sql: "PRAGMA application_id")
    guard id == applicationID else { throw StoreError.notAStore(folder) }
    let found = try Self.version(of: database)
    guard found <= version else {
      throw StoreError.newerVersion(folder, found: found, known: version)
    }
  }

  /// Brings the database of an earlier release up to this one's.
  private static func migrate(_ database: Database) throws {
    guard try version(of: database) < 2 else { return }
    try database.execute(
      sql: """
        CREATE TABLE list_stretch (
          segment INTEGER NOT NULL, first INTEGER NOT NULL, kind TEXT NOT NULL, hash TEXT NOT NULL,
          PRIMARY KEY (segment, first, kind)) WITHOUT ROWID;
        PRAGMA user_version = 2;
        """)
  }

  /// The first version's tables; `migrate` adds the rest.
  private static func create(_ database: Database) throws {
    try database.execute(
      sql: """
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = 1;
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE segment (
          number INTEGER PRIMARY KEY, first_row INTEGER NOT NULL, rows INTEGER NOT NULL,
          dead BLOB NOT NULL);
        CREATE TABLE stretch (
          segment INTEGER NOT NULL, first INTEGER NOT NULL, rows INTEGER NOT NULL,
          vectors TEXT NOT NULL, codes TEXT NOT NULL, PRIMARY KEY (segment, first)) WITHOUT ROWID;
        CREATE TABLE source (
          number INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
          caption TEXT, kind TEXT NOT NULL, bytes INTEGER NOT NULL, modified INTEGER NOT NULL, signature TEXT NOT NULL,
          sha256 TEXT NOT NULL, checked INTEGER NOT NULL, state TEXT NOT NULL, error TEXT);
        CREATE TABLE item (
          row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
          source INTEGER REFERENCES source (number), text TEXT, image TEXT,
          first_line INTEGER, last_line INTEGER, width INTEGER, height INTEGER, taken TEXT,
          metadata TEXT, hash TEXT NOT NULL);
        CREATE INDEX item_source ON item (source);
        CREATE INDEX item_hash ON item (hash);
        """)
  }
}
