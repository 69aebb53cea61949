/// A model that clients ask for by a name.
package protocol NamedModel: Sendable {
  /// What clients call it, and what it is listed as.
  var name: String { get }
  /// What else it answers to.
  var aliases: [String] { get }
  /// When it was loaded, in seconds since 1970.
  var created: Int { get }
}

extension NamedModel {
  func answers(to name: String) -> Bool {
    // Ollama's clients add a tag.
    let plain = name.hasSuffix(":latest") ? String(name.dropLast(":latest".count)) : name
    return plain == self.name || aliases.contains(plain)
  }
}
