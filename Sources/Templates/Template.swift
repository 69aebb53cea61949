import Foundation
import TesseraJSON

/// A text with gaps, in Jinja's language, as chat models' folders bring one along: it makes one prompt
/// of a conversation.
///
/// The language is that of transformers' `apply_chat_template`: Jinja with `trim_blocks`,
/// `lstrip_blocks`, `break` and `continue`, in a sandbox that changes no value. A construct that is not
/// known is refused by its name, with the line that it stands in.
package struct Template: Sendable {
  private let statements: [Statement]
  /// The file, or the place in one.
  package let name: String

  /// - Parameter name: for messages.
  /// - Throws: `TemplateError`.
  package init(_ text: String, name: String) throws {
    self.name = name
    statements = try Parser.statements(of: text, name: name)
  }

  /// Fills the gaps.
  ///
  /// - Parameters:
  ///   - variables: what the template may read, by name.
  ///   - date: what `strftime_now` tells.
  /// - Throws: `TemplateError`, also what the template itself raises.
  package func text(
    _ variables: [JSONValue.Member], at date: Date = Date(), in zone: TimeZone = .current
  ) throws -> String {
    let scope = Scope(around: nil)
    for variable in variables { scope.set(variable.key, Value(variable.value)) }
    let interpreter = Interpreter(name: name, clock: Clock(date, in: zone))
    return try interpreter.run(statements, in: scope)
  }
}
