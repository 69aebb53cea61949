/// Attributes, elements and slices.
extension Value {
  /// `value.name`: for a mapping its own methods come before its keys, as in Python.
  ///
  /// - Throws: `TemplateError.Fault`.
  func attribute(_ name: String) throws -> Value {
    switch self {
    case .undefined(let own): throw TemplateError.Fault.undefined(own)
    case .namespace(let namespace): return namespace[name] ?? missing(name)
    case .loop(let state): return try state.attribute(name)
    default:
      if Methods.names(of: self).contains(name) { return .function(.method(name, of: self)) }
      guard case .mapping(let entries) = self else { return missing(name) }
      return entries.value(of: .string(name)) ?? missing(name)
    }
  }

  /// `value[key]`: for a mapping its keys come before its methods.
  ///
  /// - Throws: `TemplateError.Fault`.
  func item(_ key: Value) throws -> Value {
    switch self {
    case .undefined(let own): throw TemplateError.Fault.undefined(own)
    case .mapping(let entries):
      if let value = entries.value(of: key) { return value }
    case .list(let elements), .tuple(let elements):
      if let index = key.wholeNumber {
        return Self.place(index, elements.count).map { elements[$0] } ?? missing("\(index)")
      }
    case .string(let text):
      if let index = key.wholeNumber {
        let scalars = Array(text.unicodeScalars)
        return Self.place(index, scalars.count).map { .string(String(scalars[$0])) }
          ?? missing("\(index)")
      }
    default: break
    }
    guard case .string(let name) = key else { return missing(key.text) }
    return try attribute(name)
  }

  private func missing(_ name: String) -> Value { .undefined("'\(name)' of \(kind)") }

  /// A place counted from the end where it is negative.
  private static func place(_ index: Int, _ count: Int) -> Int? {
    let place = index < 0 ? index + count : index
    return (0..<count).contains(place) ? place : nil
  }

  /// `value[start:end:step]`.
  ///
  /// - Throws: `TemplateError.Fault`.
  func slice(_ start: Value?, _ end: Value?, step: Value?) throws -> Value {
    let step = try Self.bound(step) ?? 1
    guard step != 0 else { throw TemplateError.Fault.value("a slice's step is 0") }
    let (start, end) = (try Self.bound(start), try Self.bound(end))
    func places(_ count: Int) -> StrideTo<Int> {
      let limits = step > 0 ? 0...count : -1...count - 1
      func clamped(_ bound: Int?, _ absent: Int) -> Int {
        guard let bound else { return absent }
        let place = bound < 0 ? max(bound, -count - 1) + count : bound
        return min(max(place, limits.lowerBound), limits.upperBound)
      }
      let (first, last) = step > 0 ? (0, count) : (count - 1, -1)
      return stride(from: clamped(start, first), to: clamped(end, last), by: step)
    }
    switch self {
    case .undefined(let own): throw TemplateError.Fault.undefined(own)
    case .list(let elements): return .list(places(elements.count).map { elements[$0] })
    case .tuple(let elements): return .tuple(places(elements.count).map { elements[$0] })
    case .string(let text):
      let scalars = Array(text.unicodeScalars)
      let part = places(scalars.count).map { scalars[$0] }
      return .string(String(String.UnicodeScalarView(part)))
    default: throw TemplateError.Fault.value("\(kind) has no parts")
    }
  }

  /// Nil for none.
  private static func bound(_ value: Value?) throws -> Int? {
    guard let value else { return nil }
    if case .null = value { return nil }
    guard let bound = value.wholeNumber else {
      throw TemplateError.Fault.value("a slice's bound is \(value.kind)")
    }
    return bound
  }
}
