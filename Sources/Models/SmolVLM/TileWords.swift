import TesseraJSON

/// The words that stand around the tokens of a picture's tiles.
struct TileWords: Sendable {
  /// A token of a picture; by itself, the place of one.
  let picture: String
  private let fence: String
  private let whole: String

  /// - Throws: `FieldError`.
  init(_ folder: ModelFiles) throws {
    let config = try folder.config(ifPresent: "tokenizer_config.json")
    func word(_ key: String, _ value: String) throws -> String {
      guard let found = try config?.optional(key)?.value.string, !found.isEmpty else {
        return value
      }
      return found
    }
    picture = try word("image_token", "<image>")
    fence = try word("fake_image_token", "<fake_token_around_image>")
    whole = try word("global_image_token", "<global-img>")
  }

  /// - Parameter rows: of tiles, beside which the whole picture is one more; 0 for that one alone.
  func text(rows: Int, columns: Int, tokensOfTile: Int) -> String {
    let tile = String(repeating: picture, count: tokensOfTile)
    let one = fence + whole + tile + fence
    guard rows > 0 else { return one }
    let lines = (1...rows).map { row in
      (1...columns).map { "\(fence)<row_\(row)_col_\($0)>\(tile)" }.joined() + "\n"
    }
    return lines.joined() + "\n" + one
  }
}
