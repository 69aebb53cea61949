import ArgumentParser
import Synchronization

/// Arguments whose sense is checked once all of them are known: before, a typo in an option's name
/// would be taken for the lack of that option.
protocol CheckedArguments: ParsableArguments {
  /// - Throws: `ValidationError`.
  func check() throws
}

extension CheckedArguments {
  func validate() throws {
    if ArgumentCheck.isOn { try check() }
  }
}

enum ArgumentCheck {
  private static let state = Atomic<Bool>(false)

  static var isOn: Bool { state.load(ordering: .relaxed) }

  /// Parses twice: first names and numbers alone, then their sense.
  static func parse<Command: ParsableCommand>(_ command: Command.Type) throws -> ParsableCommand {
    _ = try command.parseAsRoot()
    state.store(true, ordering: .relaxed)
    return try command.parseAsRoot()
  }

  /// For options that a command cannot do without.
  static func require<Value>(_ value: Value?, _ option: String) throws -> Value {
    guard let value else { throw ValidationError("Missing expected argument '\(option)'.") }
    return value
  }
}
