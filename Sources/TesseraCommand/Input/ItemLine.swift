import Foundation
import TesseraEmbedders
import TesseraFiles
import TesseraJSON

/// One item of the input with all that its row repeats, or the reason why it is none.
struct ItemLine {
  let row: ItemRow
  private(set) var item: Result<Item, ItemFailure>

  /// An item of the command line, or of a line that is its text.
  init(index: Int, line: Int? = nil, text: String?, image: String?) {
    row = ItemRow(index: index, line: line, text: text, image: image, fields: [])
    item = Self.item(text: text, image: image, beside: nil)
  }

  /// A text with further fields.
  init(index: Int, text: String, fields: [ItemRow.Field]) {
    row = ItemRow(index: index, line: nil, text: text, image: nil, fields: fields)
    item = .success(Item(text: text))
  }

  /// An item that cannot be read.
  init(index: Int, line: Int, failure: ItemFailure) {
    row = ItemRow(index: index, line: line, text: nil, image: nil, fields: [])
    item = .failure(failure)
  }

  /// A record of a CSV or TSV file: its fields under the header's names, each a text.
  ///
  /// An empty text or image is none.
  init(index: Int, line: Int, header: [String], fields: [String], beside folder: String?) {
    let named = zip(header, fields).map { (key: $0, value: $1) }
    func value(_ key: String) -> String? {
      named.first { $0.key == key }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }
    let (text, image, prompt) = (value("text"), value("image"), value("prompt"))
    row = ItemRow(
      index: index, line: line, text: text, image: image,
      fields: named.filter { $0.key != "text" && $0.key != "image" }
        .map { .init(key: $0, string: $1) })
    item =
      text == nil && image == nil
      ? .failure(.emptyRecord)
      : Self.item(text: text, image: image, prompt: prompt, beside: folder)
  }

  /// A line of a JSONL file: {"text": …, "image": …} and any further fields.
  ///
  /// - Parameter folder: the file's own, where pictures are looked up first.
  init(index: Int, line: Int, json bytes: UnsafeRawBufferPointer, beside folder: String?) {
    var text: String?
    var image: String?
    var prompt: String?
    var fields: [ItemRow.Field] = []
    var keys: Set<String> = []
    do {
      try JSONReader.read(bytes) { json in
        try json.readObject { key, json in
          guard keys.insert(key).inserted else { throw ItemFailure.repeatedKey(key) }
          switch key {
          case "text": text = try json.readOptional { try $0.readString() }
          case "image": image = try json.readOptional { try $0.readString() }
          case "prompt":
            let words = try json.readOptional { try $0.readString() }
            prompt = words
            if let words { fields.append(.init(key: key, string: words)) }
          default: fields.append(.init(key: key, json: try json.readVerbatim()))
          }
        }
      }
      guard text != nil || image != nil else { throw ItemFailure.noTextAndNoImage }
      item = Self.item(text: text, image: image, prompt: prompt, beside: folder)
    } catch let failure as ItemFailure {
      item = .failure(failure)
    } catch {
      let isObject = bytes.first { !" \t".utf8.contains($0) } == UInt8(ascii: "{")
      let hint = isObject ? "" : "; --input-format text takes each line as a text"
      item = .failure(.invalidLine("\(error)\(hint)"))
    }
    row = ItemRow(index: index, line: line, text: text, image: image, fields: fields)
  }

  private static func item(
    text: String?, image: String?, prompt: String? = nil, beside folder: String?
  ) -> Result<Item, ItemFailure> {
    let prompt = prompt.map { Prompt.nameOrText($0) }
    guard let image else { return .success(Item(text: text, prompt: prompt)) }
    return ImageName.source(image, beside: folder).map {
      Item(text: text, image: $0, prompt: prompt)
    }
  }

  /// The item behind a prompt, unless it brings its own.
  func behind(_ prompt: Prompt) -> ItemLine {
    var line = self
    line.item = item.map { item in
      var item = item
      item.prompt = item.prompt ?? prompt
      return item
    }
    return line
  }
}

/// What an item's row repeats from its input.
struct ItemRow {
  struct Field {
    let key: String
    /// The value as it stood in the input.
    let json: String

    init(key: String, json: String) {
      self.key = key
      self.json = json
    }

    init(key: String, string: String) {
      var json = JSONWriter()
      json.write(string)
      self.init(key: key, json: json.text)
    }
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
    writeFurtherFields(to: &object, replacing: results)
  }

  /// The same without the index.
  func writeFurtherFields(
    to object: inout JSONWriter.ObjectWriter, replacing results: Set<String>
  ) {
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
  case imageNotFound(String, folder: String)
  case invalidDataURL(String)
  case invalidRecord(DelimitedError)
  case emptyRecord
  /// For commands that write about pictures.
  case noImage
  case noQuestion
  case encoding(EmbedderError)

  var description: String {
    switch self {
    case .invalidLine(let reason): reason
    case .noTextAndNoImage: "expected an object with \"text\", \"image\" or both; found neither"
    case .repeatedKey(let key): "expected each key once; found \"\(key)\" twice"
    case .remoteImage(let found):
      "expected the path of an image file; found \(found), and nothing is fetched"
    case .imageNotFound(let name, let folder):
      "there is no file \(name) in \(folder), beside the file of items, nor in the working directory"
    case .invalidDataURL(let reason): "the data: URL cannot be read: \(reason)"
    case .invalidRecord(let error): error.description
    case .emptyRecord: "expected a text, an image or both; found neither in its fields"
    case .noImage: "expected an image to write about; found none"
    case .noQuestion: "expected a question about the image; found none"
    case .encoding(let error): error.description
    }
  }
}
