import ArgumentParser
import Synchronization

/// Arguments whose sense is checked once all of them are known: before, a typo in an option's name
/// would be taken for the lack of that option.
protocol CheckedArguments: ParsableArguments, Sendable {
  /// - Throws: `ValidationError`.
  func check() throws
}

extension CheckedArguments {
  func validate() throws { try ArgumentCheck.state.noteOrRefuse(self) }
}

enum ArgumentCheck {
  fileprivate static let state = State()

  /// Parses names and numbers alone, then checks their sense.
  ///
  /// Only the parser can say whose usage belongs to an error, so it is asked again where there is one:
  /// parsing is a third of a short run's time.
  static func parse<Command: ParsableCommand>(_ command: Command.Type) throws -> ParsableCommand {
    let given = GivenOptions(CommandLine.arguments.dropFirst())
    do {
      try given.requireWords()
      try given.requireNoDash()
      let parsed = try command.parseAsRoot()
      try given.requireSingle()
      for arguments in state.postponed() { try arguments.check() }
      return parsed
    } catch let error as ValidationError {
      return try meet(error, in: command)
    }
  }

  /// Has the parser meet an error where it has arguments checked, so that it says whose usage belongs to
  /// it.
  ///
  /// - Returns: the help, where that is asked for; the error does not matter then.
  /// - Throws: the error, with the usage if the command has arguments that are checked.
  static func meet<Command: ParsableCommand>(
    _ error: ValidationError, in command: Command.Type
  ) throws -> ParsableCommand {
    state.fail(with: error)
    let parsed = try command.parseAsRoot()
    guard state.hasMet else { throw error }
    return parsed
  }

  /// For options that a command cannot do without.
  static func require<Value>(_ value: Value?, _ option: String) throws -> Value {
    guard let value else { throw ValidationError("Missing expected argument '\(option)'.") }
    return value
  }

  /// The arguments that the parser has read, in its order, until they were asked for.
  fileprivate struct State: ~Copyable {
    private let unchecked = Mutex<[any CheckedArguments]>([])
    private let failure = Mutex<(error: ValidationError, isMet: Bool)?>(nil)

    func noteOrRefuse(_ arguments: some CheckedArguments) throws {
      try failure.withLock { failure in
        failure?.isMet = true
        if let error = failure?.error { throw error }
      }
      unchecked.withLock { $0.append(arguments) }
    }

    func postponed() -> [any CheckedArguments] { unchecked.withLock { $0 } }

    /// From here on, whatever is to be checked has this error.
    func fail(with error: ValidationError) { failure.withLock { $0 = (error, false) } }

    var hasMet: Bool { failure.withLock { $0?.isMet ?? false } }
  }
}
