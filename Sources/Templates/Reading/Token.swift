/// A part of a template: text, or a word of what stands between braces.
struct Token: Equatable {
  enum Kind: Equatable {
    case text(String)
    /// `{{` and `}}`.
    case outputBegin, outputEnd
    /// `{%` and `%}`.
    case blockBegin, blockEnd
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case symbol(String)
    case end
  }

  let kind: Kind
  /// From 1.
  let line: Int

  func isName(_ name: String) -> Bool { kind == .name(name) }
  func isSymbol(_ symbol: String) -> Bool { kind == .symbol(symbol) }

  /// For messages.
  var description: String {
    switch kind {
    case .text: "text"
    case .outputBegin: "'{{'"
    case .outputEnd: "'}}'"
    case .blockBegin: "'{%'"
    case .blockEnd: "'%}'"
    case .name(let name): "'\(name)'"
    case .string: "a string"
    case .integer(let number): "\(number)"
    case .float(let number): "\(number)"
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the template's end"
    }
  }
}
