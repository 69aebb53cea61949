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

/// Arguments that several commands have.
private protocol ArgumentGroup {
  var arguments: any ParsableArguments { get }
}

extension OptionGroup: ArgumentGroup {
  fileprivate var arguments: any ParsableArguments { wrappedValue }
}

enum ArgumentCheck {
  private static let state = Atomic<Bool>(false)

  static var isOn: Bool { state.load(ordering: .relaxed) }

  /// Parses names and numbers alone, then checks their sense.
  ///
  /// Only the parser can say whose usage belongs to an error, so it is asked again where there is one:
  /// parsing is a third of a short run's time.
  static func parse<Command: ParsableCommand>(_ command: Command.Type) throws -> ParsableCommand {
    let parsed = try command.parseAsRoot()
    do {
      try checkAll(of: parsed)
      return parsed
    } catch {
      state.store(true, ordering: .relaxed)
      return try command.parseAsRoot()
    }
  }

  private static func checkAll(of arguments: any ParsableArguments) throws {
    for child in Mirror(reflecting: arguments).children {
      if let group = child.value as? any ArgumentGroup { try checkAll(of: group.arguments) }
    }
    try (arguments as? any CheckedArguments)?.check()
  }

  /// For options that a command cannot do without.
  static func require<Value>(_ value: Value?, _ option: String) throws -> Value {
    guard let value else { throw ValidationError("Missing expected argument '\(option)'.") }
    return value
  }
}
