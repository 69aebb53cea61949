/// What a template says to do.
indirect enum Statement: Sendable {
  case text(String)
  case output(Expression)
  case branch([Branch], otherwise: [Statement])
  case loop(LoopSyntax)
  case set(Target, Expression)
  /// What the body writes becomes a value.
  case capture(Target, [Application], body: [Statement])
  case macro(MacroSyntax)
  /// A call whose `caller` is the body.
  case call(Expression, MacroSyntax)
  case filtered([Application], body: [Statement])
  case with([(Target, Expression)], body: [Statement])
  /// transformers' mark around what a model writes; here a scope of its own, and nothing more.
  case generation([Statement])
  case breaking, continuing

  struct Branch: Sendable {
    let condition: Expression
    let body: [Statement]
  }
}

struct LoopSyntax: Sendable {
  let target: Target
  let elements: Expression
  let condition: Expression?
  let body: [Statement]
  /// What is done where there are no elements.
  let otherwise: [Statement]
}

struct MacroSyntax: Sendable {
  let name: String
  let parameters: [Parameter]
  let body: [Statement]

  struct Parameter: Sendable {
    let name: String
    let value: Expression?
  }
}

/// What a value is assigned to.
indirect enum Target: Sendable {
  case name(String)
  case attribute(of: String, String)
  case several([Target])
}

/// What has a value.
struct Expression: Sendable {
  let line: Int
  let kind: Kind

  indirect enum Kind: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    case name(String)
    case list([Expression])
    case tuple([Expression])
    case mapping([(key: Expression, value: Expression)])
    case attribute(Expression, String)
    case item(Expression, Expression)
    case slice(Expression, SliceSyntax)
    case call(Expression, [Argument])
    case filter(Expression, Application)
    case test(Expression, Application)
    case not(Expression)
    case sign(Expression, isNegative: Bool)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case comparison(Expression, [(operation: Comparison, right: Expression)])
    case arithmetic(Arithmetic, Expression, Expression)
    case concatenation([Expression])
    case conditional(Expression, then: Expression, otherwise: Expression?)
  }
}

struct SliceSyntax: Sendable {
  let start: Expression?
  let end: Expression?
  let step: Expression?
}

/// A filter or a test by its name, with what stands in parentheses.
struct Application: Sendable {
  let line: Int
  let name: String
  let arguments: [Argument]
}

struct Argument: Sendable {
  /// Nil where the place says which it is.
  let name: String?
  let value: Expression
}

enum Comparison: String, Sendable, CaseIterable {
  case equal = "=="
  case unequal = "!="
  case greater = ">"
  case greaterOrEqual = ">="
  case less = "<"
  case lessOrEqual = "<="
  case within = "in"
  case without = "not in"
}

enum Arithmetic: String, Sendable {
  case plus = "+"
  case minus = "-"
  case times = "*"
  case over = "/"
  case wholeOver = "//"
  case remainder = "%"
  case power = "**"
}
