/// Why a store cannot do what it is asked to.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is nothing of this name.
  case missing(String)
  /// Something else stands there.
  case notAStore(String)
  /// A later release made it.
  case newerVersion(String, found: Int, known: Int)
  /// Another process writes.
  case locked(String, holder: String)
  /// It was opened to be read.
  case readOnly(String)
  /// A file of the store is not as long as its rows.
  case truncated(file: String, expected: Int, found: Int)
  /// A file of the store is missing or is another's.
  case damaged(file: String, reason: String)
  /// A vector of another length than the rest.
  case dimension(id: String, expected: Int, found: Int)
  /// A vector with a NaN or an infinity.
  case notFinite(id: String)
  /// A vector of zeros has no direction.
  case noDirection(id: String)
  /// A row lacks lists that all rows of the store have: its words' weights or its token vectors.
  case missingList(id: String, kind: String)
  /// The store has no such lists.
  case noLists(String, kind: String)
  /// The rows have no dense vectors.
  case noDense(String)
  /// Rows without dense vectors, for a server.
  case denseNeeded(String)
  /// A kind of vector that such a store has no place for.
  case kindNotKept(String, kind: String)
  /// A way to make one of several scores that the server does not know.
  case fusionNotKnown(String, reason: String)
  /// A text with a character of which SQLite would keep what is before it.
  case nullCharacter(id: String, field: String)
  /// Two rows with one id.
  case repeatedID(String)
  /// The disk has no room for what was to be written.
  case noRoom(String)
  /// The store was made by another model or in another way.
  case fingerprint(String, differences: [String])

  /// One line that says what is wrong, and where.
  public var description: String {
    switch self {
    case .missing(let path): "there is no index \(path)"
    case .notAStore(let path):
      "\(path) is no index: expected a folder that tessera index made, or a name that is free"
    case .newerVersion(let path, let found, let known):
      "\(path) has version \(found) of the format; this release knows versions up to \(known)"
    case .locked(let path, let holder): "\(path) is being written by \(holder)"
    case .readOnly(let path): "\(path) was opened to be read only"
    case .truncated(let file, let expected, let found):
      "\(file): expected at least \(expected) bytes; found \(found)"
    case .damaged(let file, let reason): "\(file): \(reason)"
    case .dimension(let id, let expected, let found):
      "\(id): expected a vector of \(expected) numbers, as the others have; found \(found)"
    case .notFinite(let id): "\(id): the vector has numbers that are infinite or not a number"
    case .noDirection(let id): "\(id): the vector is zero, and has no direction"
    case .missingList(let id, let kind):
      "\(id): it has no \(kind) vectors, which all rows of this index have"
    case .noLists(let path, let kind):
      "\(path) has no \(kind) vectors: tessera store reindex --return dense,\(kind) makes them, with a"
        + " model that gives them"
    case .noDense(let path):
      "\(path) has no dense vectors, which this compares: its model gives none, and tessera search asks"
        + " it by those that it has"
    case .denseNeeded(let place):
      "\(place): an index on a server has a dense vector for every row; one of a model that gives none is"
        + " kept in a folder"
    case .kindNotKept(let place, let kind):
      "\(place) keeps and compares one dense vector a row; \(kind) vectors are kept in a folder, and on a"
        + " server of Qdrant"
    case .fusionNotKnown(let place, let reason): "\(place): \(reason)"
    case .nullCharacter(let id, let field):
      "\(id.prefix { $0 != "\0" }): the \(field) has a NUL (U+0000), which an index cannot hold"
    case .repeatedID(let id): "the id \(id) is given twice"
    case .noRoom(let path):
      "there is no room left on the disk of \(path): what was committed before is kept, and the same"
        + " command goes on from there"
    case .fingerprint(let path, let differences):
      "\(path) was made in another way: \(differences.joined(separator: "; "))"
    }
  }
}
