import ArgumentParser
import Embedders
import Foundation
import JSON
import Tokenizers

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Shows the ids and tokens that a model sees, special tokens included.")

  @Option(name: .shortAndLong, help: "Model folder; only its tokenizer is read.")
  var model: String
  @OptionGroup var items: ItemOptions
  @Option(help: "Cut to this many tokens, as encoding would; nothing is cut otherwise.")
  var maxLength: Int?

  func run() throws {
    let tokenizer = try Tokenizer(folder: URL(filePath: model))
    let output = try OutputFile(path: nil)
    var failures = 0
    try items.forEachBatch { batch in
      for line in batch {
        var json = JSONWriter()
        json.writeObject { object in
          switch line.item {
          case .success(let item):
            let text = item.text ?? ""
            let encoding = tokenizer.encode(text, maxLength: maxLength)
            line.row.writeFields(to: &object, omitting: ["text"])
            object.member("text") { $0.write(text) }
            object.member("ids") { $0.writeArray(encoding.ids) { $0.write(Int($1)) } }
            object.member("tokens") {
              $0.writeArray(encoding.ids) { $0.write(tokenizer.token(Int($1)) ?? "") }
            }
          case .failure(let error):
            failures += 1
            StandardError.write("error: \(line.row.place): \(error)")
            line.row.writeFields(to: &object)
            object.member("error") { $0.write("\(error)") }
          }
        }
        try output.write(json.text + "\n")
      }
      try output.flush()
    }
    try output.finish()
    if failures > 0 { throw ExitCode(1) }
  }
}
