import ArgumentParser
import Foundation
import TesseraHub

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists the models with short names, and those in the caches.",
    subcommands: [List.self, Remove.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists known names and what the caches hold (the default).")

    func run() throws {
      let output = try OutputFile(path: nil)
      let known = Catalogue.entries.map { entry in
        [
          entry.name, entry.family, "\(entry.parameters) M", entry.licence, entry.languages,
          entry.gives,
        ]
      }
      let heads = ["NAME", "FAMILY", "PARAMETERS", "LICENCE", "LANGUAGES", "GIVES"]
      try output.write(columns([heads] + known))
      let cached = try ModelLibrary.ofCommand().contents().map { model in
        [model.name, model.kind.rawValue, "\(ByteCount(model.byteCount))", model.folder]
      }
      try output.write(
        cached.isEmpty
          ? "\nThe caches are empty.\n"
          : "\n" + columns([["IN THE CACHES", "STATE", "SIZE", "FOLDER"]] + cached))
      try output.flush()
    }

    private func columns(_ rows: [[String]]) -> String {
      let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
      return rows.map { row in
        let cells = zip(row, widths).map { cell, width in
          cell + String(repeating: " ", count: width - cell.count)
        }
        return cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces) + "\n"
      }.joined()
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Removes a model from the caches, with what it was converted from.",
      discussion: "What another converted model was made from stays.")

    @Argument(help: "The model's name.") var name: String

    func run() throws {
      let reference = try ModelReference(name)
      guard reference.weights.name.revision == nil else {
        throw HubError.noModel(name: name, reason: "a model is removed with all its revisions")
      }
      let removed = try ModelLibrary.ofCommand().remove(reference)
      let output = try OutputFile(path: nil)
      for model in removed {
        try output.write("removed \(model.name), \(ByteCount(model.byteCount)): \(model.folder)\n")
      }
      try output.flush()
    }
  }
}
