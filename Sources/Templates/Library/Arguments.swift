/// What stands in the parentheses of a call.
struct Arguments {
  let positional: [Value]
  let named: [(name: String, value: Value)]

  init(_ arguments: [(name: String?, value: Value)]) {
    positional = arguments.filter { $0.name == nil }.map(\.value)
    named = arguments.compactMap { argument in argument.name.map { ($0, argument.value) } }
  }

  init(positional: [Value], named: [(name: String, value: Value)] = []) {
    (self.positional, self.named) = (positional, named)
  }

  /// The rest of a call whose first arguments are for another.
  func dropFirst(_ count: Int) -> Arguments {
    Arguments(positional: Array(positional.dropFirst(count)), named: named)
  }

  /// Puts each argument where its name or its place says.
  ///
  /// - Parameter callee: for messages.
  /// - Returns: a value, or nil, for each parameter.
  /// - Throws: `TemplateError.Fault` where one has no place.
  func bound(to parameters: [String], of callee: String) throws -> [Value?] {
    guard positional.count <= parameters.count else {
      throw TemplateError.Fault.value(
        "\(callee) takes \(parameters.count) arguments, and gets \(positional.count)")
    }
    var values: [Value?] = positional
    values += Array(repeating: nil, count: parameters.count - positional.count)
    for (name, value) in named {
      guard let place = parameters.firstIndex(of: name) else {
        throw TemplateError.Fault.unsupported("the argument '\(name)' of \(callee)")
      }
      guard values[place] == nil else {
        throw TemplateError.Fault.value("\(callee) gets the argument '\(name)' twice")
      }
      values[place] = value
    }
    return values
  }
}

extension Optional where Wrapped == Value {
  private func fault(_ expected: String, _ name: String) -> TemplateError.Fault {
    .value("\(name) is \(self?.kind ?? "missing"); expected \(expected)")
  }

  /// - Throws: `TemplateError.Fault`, also where there is none and no default.
  func string(_ name: String, default value: String? = nil) throws -> String {
    if case .string(let text) = self { return text }
    guard self == nil, let value else { throw fault("a text", name) }
    return value
  }

  /// - Throws: `TemplateError.Fault`, also where there is none and no default.
  func integer(_ name: String, default value: Int? = nil) throws -> Int {
    if let number = self?.wholeNumber { return number }
    guard self == nil, let value else { throw fault("a whole number", name) }
    return value
  }
}
