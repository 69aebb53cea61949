/// A pattern for paths, as shells and `.gitignore` know them: `*` and `?` stay within a folder's name,
/// `**` does not, `[a-z]` and `[!a-z]` are one character.
package struct GlobPattern: Sendable {
  private enum Part: Sendable {
    case character(Character)
    case any
    case oneOf([ClosedRange<Character>], isNegated: Bool)
    case star
    /// Any characters, folders too.
    case everything
    /// No folder, or any number of them: `**/`.
    case folders
  }

  private let parts: [Part]
  /// Whether the pattern is one of whole paths; others are of the last part of a path.
  package let isOfPath: Bool

  package init(_ pattern: String) {
    var parts: [Part] = []
    let characters = Array(pattern.hasPrefix("/") ? pattern.dropFirst() : pattern[...])
    var i = 0
    while i < characters.count {
      switch characters[i] {
      case "*" where i + 1 < characters.count && characters[i + 1] == "*":
        i += 1
        let isOfFolders = i + 1 < characters.count && characters[i + 1] == "/"
        parts.append(isOfFolders ? .folders : .everything)
        if isOfFolders { i += 1 }
      case "*": parts.append(.star)
      case "?": parts.append(.any)
      case "[":
        if let (set, end) = Self.set(characters, i) {
          parts.append(set)
          i = end
        } else {
          parts.append(.character("["))
        }
      case "\\" where i + 1 < characters.count:
        i += 1
        parts.append(.character(characters[i]))
      case let character: parts.append(.character(character))
      }
      i += 1
    }
    self.parts = parts
    isOfPath = pattern.contains("/")
  }

  /// `[a-z_]`, and where it ends; nil where it does not.
  private static func set(_ characters: [Character], _ start: Int) -> (Part, end: Int)? {
    var i = start + 1
    let isNegated = i < characters.count && (characters[i] == "!" || characters[i] == "^")
    if isNegated { i += 1 }
    var ranges: [ClosedRange<Character>] = []
    // A bracket that comes first is one of the set.
    while i < characters.count, characters[i] != "]" || ranges.isEmpty {
      if i + 2 < characters.count, characters[i + 1] == "-", characters[i + 2] != "]",
        characters[i] <= characters[i + 2]
      {
        ranges.append(characters[i]...characters[i + 2])
        i += 3
      } else {
        ranges.append(characters[i]...characters[i])
        i += 1
      }
    }
    return i < characters.count ? (.oneOf(ranges, isNegated: isNegated), i) : nil
  }

  /// Whether a path, relative to where the pattern counts from, is meant.
  package func matches(_ path: String) -> Bool {
    let text = Array(isOfPath ? path[...] : path.split(separator: "/").last ?? "")
    // reached[j]: the parts so far can be the first j characters.
    var reached = [Bool](repeating: false, count: text.count + 1)
    reached[0] = true
    for part in parts { reached = Self.step(part, reached, text) }
    return reached[text.count]
  }

  private static func step(_ part: Part, _ reached: [Bool], _ text: [Character]) -> [Bool] {
    var next = [Bool](repeating: false, count: reached.count)
    var isOpen = false
    for j in reached.indices {
      let last = j > 0 ? text[j - 1] : nil
      switch part {
      case .character(let character): next[j] = j > 0 && reached[j - 1] && last == character
      case .any: next[j] = j > 0 && reached[j - 1] && last != "/"
      case .oneOf(let ranges, let isNegated):
        guard let last, last != "/" else { break }
        next[j] = reached[j - 1] && ranges.contains { $0.contains(last) } != isNegated
      case .star:
        isOpen = reached[j] || isOpen && last != "/"
        next[j] = isOpen
      case .everything:
        isOpen = isOpen || reached[j]
        next[j] = isOpen
      case .folders:
        next[j] = reached[j] || isOpen && last == "/"
        isOpen = isOpen || reached[j]
      }
    }
    return next
  }
}
