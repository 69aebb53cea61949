import Foundation
import TesseraEmbedders
import TesseraFiles
import TesseraRetrieval

/// The files that a run will write, none of which may be one that it reads.
///
/// Files are told apart by what they are, not by their names: a link leads to its input too.
struct PlannedOutputs {
  private let files: [(name: String, identity: FileIdentity)]

  /// Folders below that of a model or an index that hold files of it.
  private static let maximumDepth = 3

  /// - Parameter names: those that are nil, or `-`, are not written.
  /// - Throws: `OutputError.twice`, `OutputError.noName`.
  init(_ names: String?...) throws {
    let names = names.compactMap { $0 }.filter { $0 != "-" }
    guard !names.contains("") else { throw OutputError.noName }
    var places: Set<String> = []
    for name in names {
      let place = URL(filePath: name).absoluteURL.resolvingSymlinksInPath().path
      guard places.insert(place).inserted else { throw OutputError.twice(name) }
    }
    files = names.compactMap { name in FileIdentity(path: name).map { (name, $0) } }
  }

  /// - Throws: `OutputError.isInput`.
  func spare(_ identity: FileIdentity?, _ input: String) throws {
    guard let identity, let file = files.first(where: { $0.identity == identity }) else { return }
    throw OutputError.isInput(file.name, input: input)
  }

  /// - Throws: `OutputError.isInput` where one of the files is to be written.
  func spare(_ paths: String?...) throws { try spare(paths.compactMap { $0 }) }

  /// - Throws: `OutputError.isInput` where one of the files is to be written.
  func spare(_ paths: [String]) throws {
    guard !files.isEmpty else { return }
    for path in paths { try spare(FileIdentity(path: path), path) }
  }

  /// Protects the pictures of items.
  func spare(_ lines: [ItemLine]) throws {
    for line in lines { try spare(try? line.item.get()) }
  }

  /// Protects the picture of an item.
  func spare(_ item: Item?) throws {
    guard !files.isEmpty, case .file(let url) = item?.image else { return }
    try spare(url.path)
  }

  /// Protects what a row of an index was made of.
  func spare(_ row: StoredItem) throws { try spare(row.image, row.path) }

  /// Protects every file of a model folder.
  func spareModel(_ folder: URL) throws { try spareFolder(folder, of: "the model") }

  /// Protects every file of an index that is a folder.
  func spareIndex(_ address: StoreAddress) throws {
    guard let folder = address.folderOnDisk else { return }
    try spareFolder(URL(filePath: folder), of: "the index")
  }

  private func spareFolder(_ folder: URL, of owner: String, depth: Int = 0) throws {
    guard !files.isEmpty, depth < Self.maximumDepth else { return }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
      let path = folder.appending(path: name)
      if let identity = FileIdentity(path: path.path) {
        try spare(identity, "\(path.path), a file of \(owner)")
      } else {
        try spareFolder(path, of: owner, depth: depth + 1)
      }
    }
  }
}

/// An output that would destroy something.
enum OutputError: Error, CustomStringConvertible {
  case isInput(String, input: String)
  case twice(String)
  case noName

  var description: String {
    switch self {
    case .isInput(let path, let input):
      "\(path) is the input\(path == input ? "" : " \(input)"); expected another file to write to"
    case .noName: "expected the name of a file to write to; found an empty one"
    case .twice(let path): "\(path) would be written twice; expected a file for each output"
    }
  }
}
