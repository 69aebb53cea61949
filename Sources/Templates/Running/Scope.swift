/// Names with their values. A name that is read is looked for in the scopes around; one that is set
/// stays in the scope where it is set, so that nothing but a namespace leaves a loop.
final class Scope {
  private var values: [String: Value] = [:]
  private let around: Scope?

  init(around: Scope?) { self.around = around }

  func set(_ name: String, _ value: Value) { values[name] = value }

  /// Nil for a name that nobody set.
  func value(of name: String) -> Value? {
    var scope: Scope? = self
    while let current = scope {
      if let value = current.values[name] { return value }
      scope = current.around
    }
    return nil
  }
}
