import Foundation
import TesseraJSON
import TesseraTokenizers
import Testing

/// A file or folder among the cases.
func caseURL(_ name: String) throws -> URL {
  try #require(Bundle.module.resourceURL).appending(path: "Cases").appending(path: name)
}

func readCases(_ name: String) throws -> JSONValue {
  try JSONReader.read(String(contentsOf: caseURL(name), encoding: .utf8)) { try $0.readValue() }
}

/// A line `{"text": …, "ids": […]}`, as the reference wrote it.
struct GoldenCase {
  let text: String
  let ids: [Int]

  init(_ value: JSONValue) throws {
    text = try #require(value["text"]?.string)
    ids = try #require(value["ids"]?.array).map { Int(try #require($0.number)) }
  }
}

func readGoldens(_ name: String) throws -> [GoldenCase] {
  try String(contentsOf: caseURL(name), encoding: .utf8).split(separator: "\n").map { line in
    try GoldenCase(JSONReader.read(String(line)) { try $0.readValue() })
  }
}

/// A folder that lives as long as one test.
struct TemporaryFolder: ~Copyable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "tokenizers-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ text: String, to name: String) throws {
    try text.write(to: url.appending(path: name), atomically: true, encoding: .utf8)
  }
}

/// Builds a tokenizer from the text of a tokenizer.json.
func tokenizer(_ json: String) throws -> Tokenizer {
  let folder = try TemporaryFolder()
  try folder.write(json, to: "tokenizer.json")
  return try Tokenizer(folder: folder.url)
}

/// The text of a tokenizer.json: a small WordPiece one, with parts put in place of its own.
func tokenizerJSON(
  addedTokens: String = "[]", normalizer: String = "null", preTokenizer: String = "null",
  postProcessor: String = "null", model: String = wordPieceModel, more: String = ""
) -> String {
  """
  {"version": "1.0", "truncation": null, "padding": null, "added_tokens": \(addedTokens),
   "normalizer": \(normalizer), "pre_tokenizer": \(preTokenizer),
   "post_processor": \(postProcessor), "decoder": null\(more), "model": \(model)}
  """
}

let wordPieceModel = """
  {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
   "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 1, "##b": 2, "c": 3}}
  """

/// JSON text of a value.
func jsonText(_ value: JSONValue) -> String {
  var json = JSONWriter()
  write(value, to: &json)
  return json.text
}

private func write(_ value: JSONValue, to json: inout JSONWriter) {
  switch value {
  case .object(let members):
    json.writeObject { object in
      for member in members { object.member(member.key) { write(member.value, to: &$0) } }
    }
  case .array(let elements): json.writeArray(elements) { write($1, to: &$0) }
  case .string(let string): json.write(string)
  case .number(let number):
    json.writeRaw(Int(exactly: number).map(String.init) ?? "\(number)")
  case .bool(let bool): json.write(bool)
  case .null: json.writeRaw("null")
  }
}
