extension Value {
  /// Python's `==`: numbers by their size whatever their kind, texts character by character.
  func equals(_ other: Value) -> Bool {
    if let left = wholeNumber, let right = other.wholeNumber { return left == right }
    if let left = number, let right = other.number { return left == right }
    switch (self, other) {
    // Swift's == would take é and e with an accent for the same.
    case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
    case (.undefined, .undefined), (.null, .null): return true
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.equals($1) }
    case (.mapping(let left), .mapping(let right)):
      return left.count == right.count
        && left.allSatisfy { right.value(of: $0.key)?.equals($0.value) == true }
    default: return isSame(as: other)
    }
  }

  /// Python's `is`.
  func isSame(as other: Value) -> Bool {
    switch (self, other) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    case (.namespace(let left), .namespace(let right)): left === right
    case (.iterator(let left), .iterator(let right)): left === right
    case (.loop(let left), .loop(let right)): left === right
    default: false
    }
  }

  /// Whether this one is less.
  ///
  /// - Throws: `TemplateError.Fault` for kinds that have no order.
  func isLess(than other: Value) throws -> Bool {
    if let left = wholeNumber, let right = other.wholeNumber { return left < right }
    if let left = number, let right = other.number { return left < right }
    switch (self, other) {
    case (.string(let left), .string(let right)):
      return left.utf8.lexicographicallyPrecedes(right.utf8)
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (a, b) in zip(left, right) where !a.equals(b) { return try a.isLess(than: b) }
      return left.count < right.count
    case (.undefined(let name), _), (_, .undefined(let name)):
      throw TemplateError.Fault.undefined(name)
    default: throw TemplateError.Fault.value("\(kind) and \(other.kind) have no order")
    }
  }

  /// Python's `in`.
  ///
  /// - Throws: `TemplateError.Fault`.
  func contains(_ value: Value) throws -> Bool {
    guard case .string(let text) = self else {
      return try elements().contains { $0.equals(value) }
    }
    guard case .string(let part) = value else {
      throw TemplateError.Fault.value("\(value.kind) cannot be a part of a text")
    }
    return PythonText.firstRange(of: Array(part.utf8), in: Array(text.utf8)) != nil
  }

  // MARK: Arithmetic

  /// - Throws: `TemplateError.Fault`.
  func combined(_ operation: Arithmetic, with other: Value) throws -> Value {
    if let name = undefinedName ?? other.undefinedName { throw TemplateError.Fault.undefined(name) }
    if let left = wholeNumber, let right = other.wholeNumber, operation != .over {
      return try Self.whole(operation, left, right)
    }
    if let left = number, let right = other.number { return try Self.real(operation, left, right) }
    switch (operation, self, other) {
    case (.plus, .string(let left), .string(let right)): return .string(left + right)
    case (.plus, .list(let left), .list(let right)): return .list(left + right)
    case (.plus, .tuple(let left), .tuple(let right)): return .tuple(left + right)
    case (.times, .string(let text), _):
      if let count = other.wholeNumber {
        return .string(String(repeating: text, count: try Self.times(count, text.utf8.count)))
      }
    case (.times, .list(let elements), _):
      if let count = other.wholeNumber {
        let times = try Self.times(count, elements.count)
        return .list(Array(repeatElement(elements, count: times).joined()))
      }
    case (.times, _, .string), (.times, _, .list):
      if wholeNumber != nil { return try other.combined(.times, with: self) }
    case (.remainder, .string, _):
      throw TemplateError.Fault.unsupported("a format with %")
    default: break
    }
    throw TemplateError.Fault.value("no '\(operation.rawValue)' for \(kind) and \(other.kind)")
  }

  private var undefinedName: String? { if case .undefined(let name) = self { name } else { nil } }

  private static let longest = 1 << 20

  /// How often something of a size is repeated.
  private static func times(_ count: Int, _ size: Int) throws -> Int {
    let (all, isTooMuch) = max(0, count).multipliedReportingOverflow(by: size)
    guard !isTooMuch, all <= longest, count <= longest else {
      throw TemplateError.Fault.value("a text or a list of more than \(longest)")
    }
    return max(0, count)
  }

  private static func whole(_ operation: Arithmetic, _ a: Int, _ b: Int) throws -> Value {
    let (result, isTooLarge): (Int, Bool)
    switch operation {
    case .plus: (result, isTooLarge) = a.addingReportingOverflow(b)
    case .minus: (result, isTooLarge) = a.subtractingReportingOverflow(b)
    case .times: (result, isTooLarge) = a.multipliedReportingOverflow(by: b)
    case .power:
      guard b >= 0 else { return try real(.power, Double(a), Double(b)) }
      var product = (partialValue: 1, overflow: false)
      for _ in 0..<min(b, 64) where !product.overflow {
        product = product.partialValue.multipliedReportingOverflow(by: a)
      }
      (result, isTooLarge) = (product.partialValue, product.overflow || b > 64)
    case .over, .wholeOver, .remainder:
      guard b != 0 else { throw TemplateError.Fault.value("a division by 0") }
      guard a != .min || b != -1 else { throw TemplateError.Fault.value("a number is too large") }
      // Python rounds down, Swift towards 0.
      let rest = a % b
      let isOff = rest != 0 && (rest < 0) != (b < 0)
      (result, isTooLarge) =
        operation == .remainder
        ? (isOff ? rest + b : rest, false) : (isOff ? a / b - 1 : a / b, false)
    }
    guard !isTooLarge else { throw TemplateError.Fault.value("a number is too large") }
    return .integer(result)
  }

  private static func real(_ operation: Arithmetic, _ a: Double, _ b: Double) throws -> Value {
    switch operation {
    case .plus: return .float(a + b)
    case .minus: return .float(a - b)
    case .times: return .float(a * b)
    case .power: throw TemplateError.Fault.unsupported("a power of such numbers")
    case .over, .wholeOver, .remainder:
      guard b != 0 else { throw TemplateError.Fault.value("a division by 0") }
      let down = (a / b).rounded(.down)
      return .float(operation == .over ? a / b : operation == .wholeOver ? down : a - down * b)
    }
  }
}
