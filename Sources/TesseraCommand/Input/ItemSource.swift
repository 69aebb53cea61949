import Foundation
import TesseraEmbedders
import TesseraFiles

/// Items one after another, read as they are needed: a file of any length takes no more memory
/// than a few of its lines.
struct ItemSource {
  /// The file that the items are read from; nil for arguments and pipes.
  let file: FileIdentity?
  /// How many items there are; nil for a file, which is read as they are needed.
  let count: Int?
  private let next: () throws -> ItemLine?
  private let isNextAtHand: () throws -> Bool
  private let share: () -> Double?

  /// Items that are encoded together at most; rows appear as soon as theirs are done.
  private static let batchSize = 64
  /// Bytes of text at which a batch is full: long documents need no company.
  private static let batchBytes = 1 << 20
  /// Pictures take long, and who looks on should see that the run goes on.
  private static let picturesBetweenSigns = 16

  init(lines: [ItemLine]) {
    var rest = lines.makeIterator()
    var taken = 0
    next = {
      taken += 1
      return rest.next()
    }
    isNextAtHand = { true }
    share = { Double(taken) / Double(max(1, lines.count)) }
    count = lines.count
    file = nil
  }

  /// Items of a file, of standard input if the path is -, or the pictures of a folder.
  ///
  /// Empty lines are passed over. Pictures that a file names are looked up beside it first.
  ///
  /// - Parameter format: nil for what the file's ending says.
  init(path: String, format: InputFormat? = nil) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      self.init(images: try PictureFiles.named(path))
      return
    }
    try self.init(LineReader(path: path), path, format ?? InputFormat(path: path))
  }

  private init(_ reader: LineReader, _ path: String, _ format: InputFormat) throws {
    file = reader.identity
    let folder = path == "-" ? nil : (path as NSString).deletingLastPathComponent
    let lines = try ItemLines(
      reader, format: format, beside: folder.map { $0.isEmpty ? "." : $0 })
    next = { try lines.next() }
    isNextAtHand = { try reader.isNextAtHand() }
    share = { reader.share }
    count = nil
  }

  /// An item for each picture.
  init(images: [String]) {
    self.init(lines: images.enumerated().map { ItemLine(index: $0, text: nil, image: $1) })
  }

  /// How much has been handed out, from 0 to 1; nil where that cannot be known.
  var shareDone: Double? { share() }

  /// Items as arguments: a text, @IMAGE, or "@IMAGE text"; @PATTERN and @FOLDER are many.
  init(shorthand: [String]) {
    self.init(
      lines: shorthand.flatMap(Self.expanded).enumerated().map { Self.line($0, shorthand: $1) })
  }

  /// The pictures that @PATTERN or @FOLDER means, if there are any; else the argument itself.
  private static func expanded(_ argument: String) -> [String] {
    let name = String(argument.dropFirst())
    guard argument.hasPrefix("@"), !name.isEmpty,
      let files = try? PictureFiles.named(name), files != [name]
    else { return [argument] }
    return files.map { "@" + $0 }
  }

  /// The item of one argument: a text, @IMAGE, or "@IMAGE text".
  static func line(_ index: Int = 0, shorthand argument: String) -> ItemLine {
    guard argument.hasPrefix("@") else {
      return ItemLine(index: index, text: argument, image: nil)
    }
    let (image, text) = imageAndText(argument.dropFirst())
    return ItemLine(index: index, text: text, image: image)
  }

  /// The image is the longest file name that the argument begins with and a space, or its end,
  /// follows; or else what stands before the first space.
  private static func imageAndText(_ argument: Substring) -> (image: String, text: String?) {
    let spaces = argument.prefix(Int(PATH_MAX)).indices.filter { argument[$0] == " " }
    let ends = [argument.endIndex] + spaces.reversed()
    let end =
      ends.first { FileManager.default.fileExists(atPath: String(argument[..<$0])) }
      ?? spaces.first ?? argument.endIndex
    let text = end == argument.endIndex ? nil : String(argument[end...].dropFirst())
    return (String(argument[..<end]), text)
  }

  /// Hands items over as they come: a batch ends when it is full, and when the next item would
  /// have to be waited for.
  func forEachBatch(_ body: ([ItemLine]) throws -> Void) throws {
    var batch: [ItemLine] = []
    var bytes = 0
    var pictures = 0
    while let line = try next() {
      batch.append(line)
      bytes += line.row.text?.utf8.count ?? 0
      pictures += line.row.image == nil ? 0 : 1
      let isFull =
        batch.count == Self.batchSize || bytes >= Self.batchBytes
        || (StandardError.showsProgress && pictures == Self.picturesBetweenSigns)
      if try isFull || !isNextAtHand() {
        try body(batch)
        batch.removeAll(keepingCapacity: true)
        (bytes, pictures) = (0, 0)
      }
    }
    if !batch.isEmpty { try body(batch) }
  }
}

extension Embedder {
  /// Encodes the items that could be read; the others keep their failure.
  func encode(
    _ lines: [ItemLine], returning kinds: [VectorKind] = [.dense]
  ) throws -> [(row: ItemRow, result: Result<Embedding, ItemFailure>)] {
    var results = try encode(lines.compactMap { try? $0.item.get() }, returning: kinds)
      .makeIterator()
    return lines.map { line in
      let result = line.item.flatMap { _ in
        (results.next() ?? .failure(.emptyItem)).mapError(ItemFailure.encoding)
      }
      return (line.row, result)
    }
  }
}
