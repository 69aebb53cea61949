import ArgumentParser

/// A word where a command's name should stand; the parser would speak of the options behind it.
struct NoCommand: Error, CustomStringConvertible {
  let word: String
  let names: [String]

  var description: String {
    "there is no command \(word); expected one of \(names.joined(separator: ", "))"
  }

  /// - Parameter arguments: the words behind the program's name.
  /// - Throws: `NoCommand`, unless help is asked for.
  static func check(_ arguments: some Collection<String>, of root: any ParsableCommand.Type) throws
  {
    guard !arguments.contains("--help"), !arguments.contains("-h") else { return }
    var configuration = root.configuration
    for word in arguments {
      guard !word.hasPrefix("-"), word != "help" else { return }
      let commands = configuration.subcommands
      guard !commands.isEmpty, configuration.defaultSubcommand == nil else { return }
      guard let command = commands.first(where: { $0.configuration.commandName == word }) else {
        throw NoCommand(word: word, names: commands.compactMap(\.configuration.commandName))
      }
      configuration = command.configuration
    }
  }
}
