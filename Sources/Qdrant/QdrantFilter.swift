import TesseraJSON
import TesseraRetrieval

/// A condition in Qdrant's words, as far as it has them.
///
/// Qdrant has no `like`, compares no texts by order, and finds a value in a list too. So what it is
/// asked is true wherever the condition is; what it answers is then held against the condition itself.
struct QdrantFilter {
  /// A JSON object that stands for a condition; nil for one that every point fulfils.
  let json: String?
  /// Whether it is true of exactly the same rows.
  let isExact: Bool

  private static let unknown = QdrantFilter(json: nil, isExact: false)

  private init(json: String?, isExact: Bool) {
    self.json = json
    self.isExact = isExact
  }

  /// - Parameter isOwn: whether Tessera wrote all points, so that its facts stand where it puts them.
  init(_ filter: Filter, isOwn: Bool) { self = Self.translate(filter.condition, isOwn) }

  private static func translate(_ condition: Filter.Condition, _ isOwn: Bool) -> QdrantFilter {
    switch condition {
    case .and(let parts): return all(parts.map { translate($0, isOwn) })
    case .or(let parts): return any(parts.map { translate($0, isOwn) })
    case .not(.exists(let field)):
      guard let key = field.key(isOwn) else { return unknown }
      // An empty list counts as empty there, and as a value here.
      return QdrantFilter(json: "{\"is_empty\":{\"key\":\(quoted(key))}}", isExact: field.isFact)
    case .not(let part):
      let part = translate(part, isOwn)
      guard part.isExact, let json = part.json else { return unknown }
      return QdrantFilter(json: "{\"must_not\":[\(json)]}", isExact: true)
    case .exists(let field):
      guard field.isFact, let key = field.key(isOwn) else { return unknown }
      return QdrantFilter(
        json: "{\"must_not\":[{\"is_empty\":{\"key\":\(quoted(key))}}]}", isExact: true)
    case .compare(let field, let comparison, let value):
      return test(field, comparison, value, isOwn)
    case .isIn(let field, let values):
      return any(values.map { test(field, .equal, $0, isOwn) })
    case .like, .contains: return unknown
    }
  }

  private static func all(_ parts: [QdrantFilter]) -> QdrantFilter {
    let known = parts.compactMap(\.json)
    let isExact = parts.allSatisfy(\.isExact)
    guard !known.isEmpty else { return QdrantFilter(json: nil, isExact: isExact) }
    return QdrantFilter(
      json: "{\"must\":[\(known.joined(separator: ","))]}", isExact: isExact)
  }

  private static func any(_ parts: [QdrantFilter]) -> QdrantFilter {
    let known = parts.compactMap(\.json)
    guard known.count == parts.count else { return unknown }
    return QdrantFilter(
      json: "{\"should\":[\(known.joined(separator: ","))]}",
      isExact: parts.allSatisfy(\.isExact))
  }

  private static func test(
    _ field: FilterField, _ comparison: Filter.Comparison, _ value: FilterValue, _ isOwn: Bool
  ) -> QdrantFilter {
    guard let key = field.key(isOwn) else { return unknown }
    func range(_ bounds: String) -> String {
      "{\"key\":\(quoted(key)),\"range\":{\(bounds)}}"
    }
    func match(_ json: String, isExact: Bool) -> QdrantFilter {
      QdrantFilter(
        json: "{\"key\":\(quoted(key)),\"match\":{\"value\":\(json)}}", isExact: isExact)
    }
    switch (value, comparison) {
    case (.number(let number), .notEqual) where number.isRounded: return unknown
    case (.number(let given), _):
      let number = given.value
      // Where a double is two whole numbers at once, the other may be meant; some servers tell them
      // apart, and the double is next to what was given.
      let (low, high) =
        given.isRounded ? (number.nextDown, number.nextUp) : (number, number)
      let bounds: [String] =
        switch comparison {
        case .less where given.isRounded: ["\"lte\":\(high)"]
        case .greater where given.isRounded: ["\"gte\":\(low)"]
        case .equal: ["\"gte\":\(low),\"lte\":\(high)"]
        case .notEqual: ["\"lt\":\(number)", "\"gt\":\(number)"]
        case .less: ["\"lt\":\(number)"]
        case .lessOrEqual: ["\"lte\":\(high)"]
        case .greater: ["\"gt\":\(number)"]
        case .greaterOrEqual: ["\"gte\":\(low)"]
        }
      // A condition reads true as 1 and false as 0, which lie in no range there.
      let truths = [false, true].filter { !field.isFact && comparison.holds($0 ? 1 : 0, number) }
      return any(
        bounds.map { QdrantFilter(json: range($0), isExact: field.isFact && !given.isRounded) }
          + truths.map { match("\($0)", isExact: false) })
    case (.text(let text), .equal):
      if case .fact(let fact) = field, fact.isDate { return unknown }
      return match(quoted(text), isExact: field.isFact)
    case (.bool(let bool), .equal):
      guard !field.isFact else { return unknown }
      return match("\(bool)", isExact: false)
    default: return unknown
    }
  }

  private static func quoted(_ text: String) -> String {
    var json = JSONWriter()
    json.write(text)
    return json.text
  }
}

extension FilterField {
  fileprivate var isFact: Bool { if case .fact = self { true } else { false } }

  /// Where a payload has it; nil where it has it in no place of its own.
  fileprivate func key(_ isOwn: Bool) -> String? {
    switch self {
    case .fact(let fact):
      guard isOwn else { return nil }
      let own = QdrantPayload.ownKey
      return switch fact {
      case .id, .text, .image, .kind, .line, .width, .height, .taken: "\(own).\(fact.rawValue)"
      case .path: "\(own).file"
      case .bytes: "\(own).source.bytes"
      case .folder, .name, .modified: nil
      }
    case .metadata(let keys):
      // Qdrant reads dots and brackets of a name as a path.
      guard let first = keys.first, !isOwn || !QdrantPayload.reserved.contains(first),
        keys.allSatisfy({ $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" } })
      else { return nil }
      return keys.joined(separator: ".")
    }
  }
}
