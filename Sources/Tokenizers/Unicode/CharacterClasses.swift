/// What regular expressions can tell of a scalar, by the Unicode version of Oniguruma, the library
/// that runs them in the reference: its general category, and whether it is white space, a word
/// character or Han.
struct CharacterClasses: Sendable {
  static let shared = CharacterClasses()

  /// A set of classes: bit n stands for the class of number n.
  typealias Mask = UInt64

  let table: ScalarTable<UInt8>
  private let names: [Substring]

  /// Every class.
  let all: Mask
  /// `\s`, `\w`, `\p{Han}`.
  let whiteSpace: Mask
  let word: Mask
  let han: Mask

  private init() {
    let names = PackedTables.characterClassNames.split { $0 == " " || $0 == "\n" }
    func mask(_ isMember: (Substring) -> Bool) -> Mask {
      names.indices.reduce(0) { isMember(names[$1]) ? $0 | 1 << Mask($1) : $0 }
    }
    table = PackedTables.classes(PackedTables.characterClasses)
    all = mask { _ in true }
    whiteSpace = mask { $0.dropFirst(3).contains("s") }
    word = mask { $0.dropFirst(3).contains("w") }
    han = mask { $0.dropFirst(3).contains("h") }
    self.names = names
  }

  /// The classes of a general category such as "Lu", or of a group of them such as "L".
  ///
  /// Nil where there is none of that name.
  func category(_ name: String) -> Mask? {
    guard (1...2).contains(name.utf8.count) else { return nil }
    let mask = names.indices.reduce(0 as Mask) {
      names[$1].prefix(2).hasPrefix(name) ? $0 | 1 << Mask($1) : $0
    }
    return mask == 0 ? nil : mask
  }
}
