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
    let arguments = GivenOptions(CommandLine.arguments.dropFirst())
    try arguments.requireWords()
    let parsed = try command.parseAsRoot()
    do {
      try arguments.requireSingle()
      for arguments in state.postponed() { try arguments.check() }
      return parsed
    } catch let error as ValidationError {
      throw withUsage(error, of: command)
    }
  }

  /// The error as the parser gives it, with the usage of the command that was asked for: it is met once
  /// more where the parser has that command's arguments checked.
  static func withUsage<Command: ParsableCommand>(
    _ error: ValidationError, of command: Command.Type
  ) -> any Error {
    state.fail(with: error)
    do {
      _ = try command.parseAsRoot()
      return error
    } catch {
      return error
    }
  }

  /// For options that a command cannot do without.
  static func require<Value>(_ value: Value?, _ option: String) throws -> Value {
    guard let value else { throw ValidationError("Missing expected argument '\(option)'.") }
    return value
  }

  /// The arguments that the parser has read, in its order, until they were asked for.
  fileprivate struct State: ~Copyable {
    private let unchecked = Mutex<[any CheckedArguments]>([])
    private let failure = Mutex<ValidationError?>(nil)

    func noteOrRefuse(_ arguments: some CheckedArguments) throws {
      if let error = failure.withLock({ $0 }) { throw error }
      unchecked.withLock { $0.append(arguments) }
    }

    func postponed() -> [any CheckedArguments] { unchecked.withLock { $0 } }

    /// From here on, whatever is to be checked has this error.
    func fail(with error: ValidationError) { failure.withLock { $0 = error } }
  }
}
