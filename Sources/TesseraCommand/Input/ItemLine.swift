import Foundation
import TesseraEmbedders
import TesseraJSON

/// One item of the input with all that its row repeats, or the reason why it is none.
struct ItemLine {
  let row: ItemRow
  let item: Result<Item, ItemFailure>

  /// An item of the command line.
  init(index: Int, text: String?, image: String?) {
    row = ItemRow(index: index, line: nil, text: text, image: image, fields: [])
    item = Self.item(text: text, image: image)
  }

  /// A line of a JSONL file: {"text": …, "image": …} and any further fields.
  init(index: Int, line: Int, json bytes: UnsafeRawBufferPointer) {
    var text: String?
    var image: String?
    var fields: [ItemRow.Field] = []
    var keys: Set<String> = []
    do {
      try JSONReader.read(bytes) { json in
        try json.readObject { key, json in
          guard keys.insert(key).inserted else { throw ItemFailure.repeatedKey(key) }
          switch key {
          case "text": text = try json.readOptional { try $0.readString() }
          case "image": image = try json.readOptional { try $0.readString() }
          default: fields.append(.init(key: key, json: try json.readVerbatim()))
          }
        }
      }
      guard text != nil || image != nil else { throw ItemFailure.noTextAndNoImage }
      item = Self.item(text: text, image: image)
    } catch let failure as ItemFailure {
      item = .failure(failure)
    } catch {
      item = .failure(.invalidLine("\(error)"))
    }
    row = ItemRow(index: index, line: line, text: text, image: image, fields: fields)
  }

  private static func item(text: String?, image: String?) -> Result<Item, ItemFailure> {
    if let image, image.contains("://") { return .failure(.remoteImage(image)) }
    return .success(Item(text: text, image: image.map { .file(URL(filePath: $0)) }))
  }
}

/// What an item's row repeats from its input.
struct ItemRow {
  struct Field {
    let key: String
    /// The value as it stood in the input.
    let json: String
  }

  let index: Int
  /// Number of the input's line, from 1; nil for an item of the command line.
  let line: Int?
  let text: String?
  let image: String?
  let fields: [Field]

  /// Where the item stands, for messages.
  var place: String { line.map { "line \($0)" } ?? "item \(index)" }

  /// What a message says of a failure, in the row and on standard error alike.
  func message(_ failure: ItemFailure) -> String { "\(place): \(failure)" }

  /// Writes the item's fields, save those under `results`: the keys that the command writes itself.
  ///
  /// Where the input is a row of an earlier run, the new results take the place of the old.
  func writeFields(to object: inout JSONWriter.ObjectWriter, replacing results: Set<String> = []) {
    object.member("index", index)
    if let text { object.member("text", text) }
    if let image { object.member("image", image) }
    for field in fields where !Self.ownKeys.contains(field.key) && !results.contains(field.key) {
      object.member(field.key) { $0.writeRaw(field.json) }
    }
  }

  /// Keys that every command writes itself.
  private static let ownKeys: Set<String> = ["index", "error"]
}

/// Why an item has no vector.
enum ItemFailure: Error, CustomStringConvertible {
  case invalidLine(String)
  case noTextAndNoImage
  case repeatedKey(String)
  case remoteImage(String)
  case encoding(EmbedderError)

  var description: String {
    switch self {
    case .invalidLine(let reason): reason
    case .noTextAndNoImage: "expected an object with \"text\", \"image\" or both; found neither"
    case .repeatedKey(let key): "expected each key once; found \"\(key)\" twice"
    case .remoteImage(let found):
      "expected the path of an image file; found \(found), and nothing is fetched"
    case .encoding(let error): error.description
    }
  }
}
