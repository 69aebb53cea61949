import ArgumentParser
import Synchronization

/// Arguments whose sense is checked once all of them are known: before, a typo in an option's name
/// would be taken for the lack of that option.
protocol CheckedArguments: ParsableArguments, Sendable {
  /// - Throws: `ValidationError`.
  func check() throws
}

extension CheckedArguments {
  func validate() throws { try ArgumentCheck.state.checkNowOrLater(self) }
}

enum ArgumentCheck {
  fileprivate static let state = State()

  /// Parses names and numbers alone, then checks their sense.
  ///
  /// Only the parser can say whose usage belongs to an error, so it is asked again where there is one:
  /// parsing is a third of a short run's time.
  static func parse<Command: ParsableCommand>(_ command: Command.Type) throws -> ParsableCommand {
    let parsed = try command.parseAsRoot()
    try refuseRepetition(in: CommandLine.arguments.dropFirst())
    do {
      for arguments in state.postponed() { try arguments.check() }
      return parsed
    } catch {
      return try command.parseAsRoot()
    }
  }

  /// What is read and written, of which the parser would take the last and say nothing.
  private static let single = [
    ["--in"], ["--input"], ["--into"], ["--among"], ["--queries"], ["--where"], ["--format"],
    ["--output", "-o"],
  ]

  private static func refuseRepetition(in arguments: ArraySlice<String>) throws {
    // A server has several indexes.
    guard arguments.first != "serve" else { return }
    let options = arguments.prefix { $0 != "--" }
    for names in single {
      let count = options.count { option in
        names.contains { option == $0 || option.hasPrefix("\($0)=") }
      }
      if count > 1 {
        throw ValidationError("\(names[0]) is given \(count) times; expected it once.")
      }
    }
  }

  /// For options that a command cannot do without.
  static func require<Value>(_ value: Value?, _ option: String) throws -> Value {
    guard let value else { throw ValidationError("Missing expected argument '\(option)'.") }
    return value
  }

  /// The arguments that the parser has read, in its order; none once they were asked for, from when on
  /// it has them checked as it reads.
  fileprivate struct State: ~Copyable {
    private let unchecked = Mutex<[any CheckedArguments]?>([])

    func checkNowOrLater(_ arguments: some CheckedArguments) throws {
      let isPostponed = unchecked.withLock {
        $0?.append(arguments)
        return $0 != nil
      }
      if !isPostponed { try arguments.check() }
    }

    func postponed() -> [any CheckedArguments] {
      unchecked.withLock { unchecked in
        defer { unchecked = nil }
        return unchecked ?? []
      }
    }
  }
}
