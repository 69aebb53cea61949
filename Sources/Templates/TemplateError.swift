/// Why a template cannot be read, or makes no text of its values.
package struct TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file, or the place in one.
  package let name: String
  /// From 1.
  package let line: Int
  package let fault: Fault

  package enum Fault: Error, Equatable, Sendable {
    /// Something that the template asks for and this library does not do.
    case unsupported(String)
    case unexpected(String, expected: String)
    /// Something is asked of a value that does not exist.
    case undefined(String)
    /// A value of the wrong kind, or an argument that is missing.
    case value(String)
    /// What the template itself says against its values.
    case raised(String)
  }

  package init(name: String, line: Int, fault: Fault) {
    (self.name, self.line, self.fault) = (name, line, fault)
  }

  package var description: String {
    let what =
      switch fault {
      case .unsupported(let what): "\(what) is not supported"
      case .unexpected(let found, let expected): "expected \(expected), found \(found)"
      case .undefined(let what): "\(what) is undefined"
      case .value(let reason): reason
      case .raised(let message): message
      }
    return "\(name), line \(line): \(what)"
  }
}
