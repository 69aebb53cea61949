import TesseraJSON

/// What a template computes with: Python's kinds of values.
indirect enum Value {
  /// What does not exist, by its name.
  case undefined(String)
  case null
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case list([Value])
  case tuple([Value])
  /// In the order in which its keys came.
  case mapping([Entry])
  /// What is gone through once, and is true even if nothing is in it.
  case iterator(Iterator)
  case namespace(Namespace)
  case loop(LoopState)
  case function(Function)

  struct Entry {
    let key: Value
    var value: Value
  }

  init(_ json: JSONValue) {
    switch json {
    case .object(let members):
      self = .mapping(members.map { Entry(key: .string($0.key), value: Value($0.value)) })
    case .array(let elements): self = .list(elements.map(Value.init))
    case .string(let text): self = .string(text)
    // JSON's reader does not tell 1.0 from 1; messages have neither.
    case .number(let number):
      self = Int(exactly: number).map(Value.integer) ?? .float(number)
    case .bool(let value): self = .bool(value)
    case .null: self = .null
    }
  }

  /// For messages.
  var kind: String {
    switch self {
    case .undefined: "what is undefined"
    case .null: "none"
    case .bool: "true or false"
    case .integer: "a whole number"
    case .float: "a number"
    case .string: "a text"
    case .list: "a list"
    case .tuple: "a tuple"
    case .mapping: "a mapping"
    case .iterator: "what is gone through once"
    case .namespace: "a namespace"
    case .loop: "the loop"
    case .function: "a function"
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  var isTrue: Bool {
    switch self {
    case .undefined, .null: false
    case .bool(let value): value
    case .integer(let number): number != 0
    case .float(let number): number != 0
    case .string(let text): !text.isEmpty
    case .list(let elements), .tuple(let elements): !elements.isEmpty
    case .mapping(let entries): !entries.isEmpty
    case .iterator, .namespace, .function: true
    case .loop(let state): !state.elements.isEmpty
    }
  }

  /// What a loop goes through.
  ///
  /// - Throws: `TemplateError.Fault`.
  func elements() throws -> [Value] {
    switch self {
    case .undefined: return []
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .list(let elements), .tuple(let elements): return elements
    case .mapping(let entries): return entries.map(\.key)
    case .iterator(let iterator): return iterator.take()
    default: throw TemplateError.Fault.value("\(kind) has no elements")
    }
  }

  /// - Throws: `TemplateError.Fault`.
  func count() throws -> Int {
    switch self {
    case .undefined: return 0
    case .string(let text): return text.unicodeScalars.count
    case .list(let elements), .tuple(let elements): return elements.count
    case .mapping(let entries): return entries.count
    case .loop(let state): return state.elements.count
    default: throw TemplateError.Fault.value("\(kind) has no length")
    }
  }

  /// A whole number, as which Python takes true and false too.
  var wholeNumber: Int? {
    switch self {
    case .integer(let number): number
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  var number: Double? {
    if case .float(let number) = self { return number }
    return wholeNumber.map(Double.init)
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
}

/// Attributes that can be set, also from within a loop.
final class Namespace {
  private(set) var entries: [Value.Entry]

  init(_ entries: [Value.Entry]) { self.entries = entries }

  subscript(name: String) -> Value? {
    get { entries.value(of: .string(name)) }
    set { if let newValue { entries.set(.string(name), newValue) } }
  }
}

/// Elements that are there once.
final class Iterator {
  private var elements: [Value]

  init(_ elements: [Value]) { self.elements = elements }

  func take() -> [Value] {
    defer { elements = [] }
    return elements
  }

  /// The first, which goes.
  func takeFirst() -> Value? { elements.isEmpty ? nil : elements.removeFirst() }
}

/// What `loop` says within one.
final class LoopState {
  let elements: [Value]
  var index = 0
  var compared: [Value]?

  init(_ elements: [Value]) { self.elements = elements }

  /// - Throws: `TemplateError.Fault`.
  func attribute(_ name: String) throws -> Value {
    switch name {
    case "index": return .integer(index + 1)
    case "index0": return .integer(index)
    case "revindex": return .integer(elements.count - index)
    case "revindex0": return .integer(elements.count - index - 1)
    case "first": return .bool(index == 0)
    case "last": return .bool(index == elements.count - 1)
    case "length": return .integer(elements.count)
    case "previtem":
      return index > 0 ? elements[index - 1] : .undefined("the element before the first one")
    case "nextitem":
      return index + 1 < elements.count
        ? elements[index + 1] : .undefined("the element behind the last one")
    case "cycle", "changed": return .function(.method(name, of: .loop(self)))
    case "depth": return .integer(1)
    case "depth0": return .integer(0)
    default: return .undefined("'loop.\(name)'")
    }
  }
}

/// What can be called.
enum Function {
  case macro(MacroSyntax, Scope)
  case method(String, of: Value)
  /// Of those that every template has.
  case known(String)
}

extension [Value.Entry] {
  func value(of key: Value) -> Value? { first { $0.key.equals(key) }?.value }

  mutating func set(_ key: Value, _ value: Value) {
    if let place = firstIndex(where: { $0.key.equals(key) }) {
      self[place].value = value
    } else {
      append(.init(key: key, value: value))
    }
  }
}
