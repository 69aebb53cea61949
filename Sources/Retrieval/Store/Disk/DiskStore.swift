import Foundation
import GRDB
import TesseraEmbedders
import TesseraFiles
import TesseraTensors

/// A store in a folder: a SQLite database of what is known of the rows, and beside it their vectors
/// in files that are mapped, and that numpy opens too.
///
/// One process writes, which holds a lock; any number read meanwhile, each what was committed when
/// it opened the store. A process that is killed loses what it had not committed, and nothing else:
/// vectors are written, and reach the disk, before the database counts their rows.
public final class DiskStore: VectorStore {
  /// The folder.
  public let path: String
  let database: DatabaseQueue
  private let lock: StoreLock?
  /// Rows that a segment holds at most.
  let segmentRows: Int

  var segments: [Segment] = []
  /// Rows that were removed, or replaced.
  var dead = RowSet()
  /// Whether every row has a dense vector; where not, only its lists are compared.
  package private(set) var hasDense = true
  /// Numbers in a dense vector; nil before the first row, and where rows have none.
  public internal(set) var dimension: Int?
  /// Which lists every row has, and how many numbers their vectors have; 0 before the first row.
  private(set) var listWidths: [ListKind: Int] = [:]
  var mappedLists: [ListKind: [ListBlock]] = [:]
  /// Files of the last segment, open to be written to.
  var files: SegmentFiles?
  private var mapped: [VectorBlock]?

  /// A segment of 768 numbers a row has 805 MB.
  package static let defaultSegmentRows = 1 << 18

  /// Opens a store to read it as it is now.
  ///
  /// - Throws: `StoreError`, or what is wrong with a file.
  public init(reading path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { throw StoreError.missing(path) }
    guard Self.isStore(path) else { throw Self.absence(of: path) }
    self.path = path
    lock = nil
    segmentRows = Self.defaultSegmentRows
    database = try Self.openToRead(path)
    try load()
    // A writer may compact the store while a model is loaded; what is damaged shows when it is used.
    mapped = try? blocks()
    for kind in listWidths.keys { _ = try? listBlocks(kind) }
  }

  /// Opens the database once more where its files went away meanwhile: the store was compacted.
  private static func openToRead(_ path: String) throws -> DatabaseQueue {
    for _ in 0..<3 {
      let (database, segments, kinds) = try StoreDatabase.naming(path) {
        let database = try StoreDatabase.openToRead(path)
        let segments = try database.unsafeRead { try Segment.all(in: $0).segments }
        return (database, segments, try database.unsafeRead(Self.kinds))
      }
      let isWhole = segments.allSatisfy { segment in
        kinds.allSatisfy {
          FileManager.default.fileExists(atPath: segment.path(ofVectors: $0, in: path))
        }
      }
      if isWhole { return database }
    }
    return try StoreDatabase.naming(path) { try StoreDatabase.openToRead(path) }
  }

  /// Opens a store to write to it, and makes it where there is none.
  ///
  /// - Throws: `StoreError`, or what is wrong with a file.
  public convenience init(writing path: String) throws {
    try self.init(writing: path, segmentRows: Self.defaultSegmentRows)
  }

  /// - Parameter segmentRows: a multiple of 64, as removed rows are bits of words.
  package init(writing path: String, segmentRows: Int) throws {
    precondition(segmentRows > 0 && segmentRows.isMultiple(of: 64), "\(segmentRows) rows")
    let files = FileManager.default
    if !Self.isStore(path), files.fileExists(atPath: path) {
      // A process that was killed at its very beginning left a lock and nothing else.
      let entries = try? files.contentsOfDirectory(atPath: path)
      guard let entries, entries.allSatisfy({ $0 == "lock" }) else {
        throw Self.absence(of: path)
      }
    }
    if mkdir(path, 0o777) != 0, errno != EEXIST {
      throw FileError(path: path, operation: "create", code: errno)
    }
    self.path = path
    self.segmentRows = segmentRows
    lock = try StoreLock(folder: path)
    database = try StoreDatabase.naming(path) { try StoreDatabase.openToWrite(path) }
    try load()
    try removeStrays()
    completeHeaders()
  }

  /// Whether a folder holds a store.
  package static func isStore(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(StoreDatabase.fileName)")
  }

  /// What to say of a folder that seems to hold none.
  private static func absence(of path: String) -> any Error {
    var status = stat()
    guard stat("\(path)/\(StoreDatabase.fileName)", &status) != 0, errno == EACCES else {
      return StoreError.notAStore(path)
    }
    return FileError(path: path, operation: "look into", code: EACCES)
  }

  var isWritable: Bool { lock != nil }

  /// Rows that were ever added since the store was compacted, removed ones included.
  package var allocatedRows: Int { segments.last?.rows.upperBound ?? 0 }

  // MARK: Contents

  /// Reads from the database what rows there are.
  func load() throws {
    forgetMapping()
    files = nil
    (segments, dead) = try read { try Segment.all(in: $0) }
    dimension = try value(of: "dimension").flatMap { Int($0) }
    let kinds = try read { try Self.kinds(in: $0) }
    hasDense = kinds.contains(.dense)
    listWidths = [:]
    for kind in kinds.compactMap({ ListKind(rawValue: $0.rawValue) }) {
      listWidths[kind] = try value(of: Self.widthKey(kind)).flatMap { Int($0) } ?? 0
    }
  }

  /// What rows are to have from here on; the database says so too.
  func setListWidths(_ widths: [ListKind: Int], hasDense: Bool) {
    listWidths = widths
    self.hasDense = hasDense
  }

  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    // A reader's transaction is open already.
    try StoreDatabase.naming(path) {
      try isWritable ? database.read(body) : database.unsafeRead(body)
    }
  }

  /// The vectors of all segments, removed ones included.
  func blocks() throws -> [VectorBlock] {
    if let mapped { return mapped }
    guard let dimension else { return [] }
    let blocks = try segments.map { try $0.map(path, dimension: dimension) }
    mapped = blocks
    return blocks
  }

  /// What was mapped may be shorter than what there is now.
  func forgetMapping() {
    mapped = nil
    mappedLists = [:]
  }

  /// A value that the store keeps about itself.
  package func value(of key: String) throws -> String? {
    try read {
      try String.fetchOne($0, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key])
    }
  }

  /// What made the vectors; nil where nobody said.
  public func fingerprint() throws -> Fingerprint? {
    try value(of: "fingerprint").map { try Fingerprint(json: $0) }
  }

  /// How many rows there are.
  public func count() throws -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM item") ?? 0 }
  }

  /// What kind of store it is.
  public func describe() throws -> StoreDescription {
    StoreDescription(
      place: path, rowCount: try count(), dimension: dimension, fingerprint: try fingerprint())
  }

  /// Files of segments that no transaction knows: a process was killed that had begun them.
  private func removeStrays() throws {
    let known = Set(segments.map(\.number))
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      if let segment = SegmentColumn.segment(ofFile: name), !known.contains(segment) {
        unlink("\(path)/\(name)")
      }
    }
  }

  /// Says to numpy how many rows there are, which a run that ended behind its commit could not.
  private func completeHeaders() {
    defer { forgetMapping() }
    guard dimension != nil || !hasDense, let last = segments.last, (try? blocks()) != nil,
      listWidths.keys.allSatisfy({ (try? listBlocks($0)) != nil })
    else { return }
    // Whatever is wrong shows when rows are added.
    try? SegmentFiles(path, last, dimension: dimension, widths: listWidths)
      .writeHeaders(rows: last.rowCount)
  }
}
