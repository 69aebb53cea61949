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
  static func check(_ arguments: [String], of root: CommandConfiguration) throws {
    guard !arguments.contains("--help"), !arguments.contains("-h") else { return }
    var configuration = root
    for word in arguments {
      guard !word.hasPrefix("-"), word != "help" else { return }
      let commands = configuration.subcommands.map(Self.configuration(of:))
      guard !commands.isEmpty, configuration.defaultSubcommand == nil else { return }
      guard let command = commands.first(where: { $0.commandName == word }) else {
        throw NoCommand(word: word, names: commands.compactMap(\.commandName))
      }
      configuration = command
    }
  }

  private static func configuration(of command: any ParsableCommand.Type) -> CommandConfiguration {
    command.configuration
  }
}
