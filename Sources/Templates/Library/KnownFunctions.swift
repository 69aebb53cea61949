/// Functions that every template has: Jinja's, and those that transformers adds.
enum KnownFunctions {
  static let names: Set = ["range", "namespace", "dict", "raise_exception", "strftime_now"]

  /// Jinja's sandbox draws the same line.
  private static let longestRange = 100_000

  /// - Throws: `TemplateError.Fault`.
  static func call(_ name: String, _ arguments: Arguments, _ clock: Clock) throws -> Value {
    switch name {
    case "range": return try range(arguments)
    case "namespace": return .namespace(Namespace(try entries(name, arguments)))
    case "dict": return .mapping(try entries(name, arguments))
    case "raise_exception":
      let message = try arguments.bound(to: ["message"], of: name)[0]
      throw TemplateError.Fault.raised(message?.text ?? "")
    case "strftime_now":
      return .string(try clock.text(arguments.bound(to: ["format"], of: name)[0].string("format")))
    default: throw TemplateError.Fault.unsupported("the function '\(name)'")
    }
  }

  private static func range(_ arguments: Arguments) throws -> Value {
    guard arguments.named.isEmpty, (1...3).contains(arguments.positional.count) else {
      throw TemplateError.Fault.value("range takes one to three whole numbers")
    }
    let bounds = try arguments.positional.map { try Optional($0).integer("range's bound") }
    let (start, end) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw TemplateError.Fault.value("range's step is 0") }
    let numbers = Array(stride(from: start, to: end, by: step).prefix(longestRange + 1))
    guard numbers.count <= longestRange else {
      throw TemplateError.Fault.value("a range of more than \(longestRange) numbers")
    }
    return .list(numbers.map(Value.integer))
  }

  private static func entries(_ name: String, _ arguments: Arguments) throws -> [Value.Entry] {
    var entries: [Value.Entry] = []
    guard arguments.positional.count <= 1 else {
      throw TemplateError.Fault.value("\(name) takes one mapping at most")
    }
    switch arguments.positional.first {
    case nil: break
    case .mapping(let given): entries = given
    case .some(let other): throw TemplateError.Fault.value("\(name) of \(other.kind)")
    }
    for (key, value) in arguments.named { entries.set(.string(key), value) }
    return entries
  }
}
