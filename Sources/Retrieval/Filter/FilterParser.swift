/// Reads a condition, by recursive descent.
struct FilterParser {
  private let tokens: [Token]
  private var position = 0
  private var size = 0

  /// SQLite nests expressions a thousand deep.
  private static let limit = 400

  init(_ text: String) throws(FilterError) { tokens = try Token.list(of: text) }

  mutating func parse() throws(FilterError) -> Filter.Condition {
    let condition = try condition(depth: 0)
    guard case .end = tokens[position].kind else { throw expected("and, or, or the end") }
    return condition
  }

  private mutating func condition(depth: Int) throws(FilterError) -> Filter.Condition {
    var parts = [try term(depth: depth)]
    while take(word: "or") { parts.append(try term(depth: depth)) }
    return parts.count == 1 ? parts[0] : .or(parts)
  }

  private mutating func term(depth: Int) throws(FilterError) -> Filter.Condition {
    var parts = [try factor(depth: depth)]
    while take(word: "and") { parts.append(try factor(depth: depth)) }
    return parts.count == 1 ? parts[0] : .and(parts)
  }

  private mutating func factor(depth: Int) throws(FilterError) -> Filter.Condition {
    size += 1
    guard depth < Self.limit, size < Self.limit else { throw .tooLong(limit: Self.limit) }
    if take(word: "not") { return .not(try factor(depth: depth + 1)) }
    guard take(symbol: "(") else { return try test() }
    let inner = try condition(depth: depth + 1)
    guard take(symbol: ")") else { throw expected(")") }
    return inner
  }

  private mutating func test() throws(FilterError) -> Filter.Condition {
    let field = try field()
    if take(word: "exists") { return .exists(field) }
    if take(word: "missing") { return .not(.exists(field)) }
    if case .symbol(let symbol) = tokens[position].kind,
      let comparison = Filter.Comparison(rawValue: symbol == "==" ? "=" : symbol)
    {
      position += 1
      return .compare(field, comparison, field.reading(try value()))
    }
    let isNegated = take(word: "not")
    let inner = try namedTest(of: field)
    return isNegated ? .not(inner) : inner
  }

  private mutating func namedTest(of field: FilterField) throws(FilterError) -> Filter.Condition {
    if take(word: "contains") { return .contains(field, field.reading(try value())) }
    if take(word: "like") {
      guard case .text(let pattern) = try value() else { throw expected("a text after like") }
      return .like(field, pattern)
    }
    guard take(word: "in") else {
      throw expected("one of = != < <= > >= in like contains exists missing")
    }
    guard take(symbol: "(") else { throw expected("(") }
    var values = [field.reading(try value())]
    while take(symbol: ",") { values.append(field.reading(try value())) }
    guard take(symbol: ")") else { throw expected(", or )") }
    size += values.count
    return .isIn(field, values)
  }

  private mutating func field() throws(FilterError) -> FilterField {
    guard case .word(let word) = tokens[position].kind else { throw expected("a field") }
    position += 1
    if let fact = FilterField.Fact(rawValue: word) { return .fact(fact) }
    let keys = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    // What a row's own fields and the facts both know is reached by its full name.
    let own = keys.count > 1 && keys[0] == "metadata" ? Array(keys.dropFirst()) : keys
    guard own.allSatisfy({ !$0.isEmpty }) else {
      position -= 1
      throw expected("a field")
    }
    return .metadata(own)
  }

  private mutating func value() throws(FilterError) -> FilterValue {
    switch tokens[position].kind {
    case .text(let text):
      position += 1
      return .text(text)
    case .word(let word):
      position += 1
      if word == "true" || word == "false" { return .bool(word == "true") }
      return FilterNumber(word).map(FilterValue.number) ?? .text(word)
    case .symbol, .end: throw expected("a value")
    }
  }

  private mutating func take(word: String) -> Bool {
    guard case .word(let found) = tokens[position].kind, found.lowercased() == word else {
      return false
    }
    position += 1
    return true
  }

  private mutating func take(symbol: String) -> Bool {
    guard case .symbol(symbol) = tokens[position].kind else { return false }
    position += 1
    return true
  }

  private func expected(_ what: String) -> FilterError {
    .expected(what, found: tokens[position].spelling, place: tokens[position].place)
  }
}

/// A word, a text in quotes, a sign, or the end.
private struct Token {
  enum Kind: Equatable {
    case word(String)
    case text(String)
    case symbol(String)
    case end
  }

  let kind: Kind
  /// Of its first character, from 1.
  let place: Int

  var spelling: String {
    switch kind {
    case .word(let word): word
    case .text(let text): "'\(text)'"
    case .symbol(let symbol): symbol
    case .end: "the end"
    }
  }

  private static let signs: Set<Character> = ["(", ")", ",", "=", "!", "<", ">"]

  static func list(of text: String) throws(FilterError) -> [Token] {
    let characters = Array(text)
    var tokens: [Token] = []
    var i = 0
    while i < characters.count {
      let start = i
      let first = characters[i]
      if first.isWhitespace {
        i += 1
      } else if first == "'" || first == "\"" {
        tokens.append(Token(kind: .text(try quoted(characters, &i)), place: start + 1))
      } else if signs.contains(first) {
        i += 1
        let isDouble = "=!<>".contains(first) && i < characters.count && characters[i] == "="
        if isDouble { i += 1 }
        tokens.append(Token(kind: .symbol(String(characters[start..<i])), place: start + 1))
      } else {
        while i < characters.count, !characters[i].isWhitespace,
          !signs.union(["'", "\""]).contains(characters[i])
        {
          i += 1
        }
        tokens.append(Token(kind: .word(String(characters[start..<i])), place: start + 1))
      }
    }
    return tokens + [Token(kind: .end, place: characters.count + 1)]
  }

  /// A quote within a text is written twice.
  private static func quoted(
    _ characters: [Character], _ i: inout Int
  ) throws(FilterError) -> String {
    let start = i
    var text = ""
    i += 1
    while i < characters.count {
      if characters[i] != characters[start] {
        text.append(characters[i])
      } else if i + 1 < characters.count, characters[i + 1] == characters[start] {
        text.append(characters[i])
        i += 1
      } else {
        i += 1
        return text
      }
      i += 1
    }
    throw .unterminated(place: start + 1)
  }
}
