import TesseraImages
import TesseraJSON
import TesseraTensors
import TesseraTokenizers

/// How a retriever reads pictures of pages, and the queries for them.
///
/// Faysse et al., "ColPali". A page stands between words that the model was trained with.
package struct PageFormat: Sendable {
  /// What stands before a query.
  package let queryPrefix: String
  /// What stands behind it, which matches what its own words do not say.
  package let querySuffix: String
  /// The token whose vectors are those of a picture.
  package let pictureToken: Int
  private let tiles: TileReading
  private let prompt: String
  package let vocabularySize: Int
  /// Tokens that the model reads.
  private let positions: Int

  /// - Parameters:
  ///   - prompt: around a page, where the folder says no other; with one placeholder.
  ///   - extendsQueries: whether tokens stand behind a query.
  ///   - side: tokens along a side of a tile.
  /// - Throws: `FieldError`, `RecipeError`.
  init(
    _ folder: ModelFiles, prompt: String, extendsQueries: Bool, pictureToken: Int,
    vision: SigLIPConfig.Vision, side: Int, vocabularySize: Int, positions: Int
  ) throws {
    tiles = try TileReading(folder, vision, side: side)
    self.pictureToken = pictureToken
    self.vocabularySize = vocabularySize
    self.positions = positions
    let file = try folder.config(ifPresent: "processor_config.json")
    self.prompt = try file?.words("visual_prompt_prefix") ?? prompt
    guard
      self.prompt.split(separator: tiles.placeholder, omittingEmptySubsequences: false).count == 2
    else { throw FilePlace.visualPrompt.inconsistent("it needs \(tiles.placeholder) once") }
    queryPrefix = try file?.words("query_prefix") ?? ""
    querySuffix = extendsQueries ? String(repeating: Self.queryWord, count: 10) : ""
  }

  /// What is done to a picture.
  package var recipe: SplitRecipe { tiles.recipe }
  /// What a page's prompt writes for its picture.
  package var placeholder: String { tiles.placeholder }
  /// Tokens along a side of a tile.
  private var side: Int { tiles.side }

  /// What queries are extended by.
  private static let queryWord = "<end_of_utterance>"

  /// - Throws: `FieldError` where the vocabulary is another model's.
  func check(_ tokenizer: Tokenizer) throws {
    guard tokenizer.id(placeholder) == pictureToken else {
      let found = tokenizer.id(placeholder).map { "\($0)" } ?? "no token"
      throw FilePlace(file: "config.json", path: "image_token_id").inconsistent(
        "\(pictureToken), but \(placeholder) is \(found) in the vocabulary")
    }
    guard querySuffix.isEmpty || tokenizer.id(Self.queryWord) != nil else {
      throw FilePlace(file: "tokenizer.json", path: "added_tokens").inconsistent(
        "there is no \(Self.queryWord), which stands behind queries")
    }
  }

  /// - Throws: `TilingError`.
  package func page(_ picture: Raster) throws -> ModelInput.Page {
    let cut = try recipe(picture)
    let tiles = cut.tiles.map {
      Tensor(recipe.normalization($0), shape: [1, 3, $0.height, $0.width])
    }
    return ModelInput.Page(
      rows: cut.rows, columns: cut.columns, .tiles(.concatenating(tiles)))
  }

  /// What the tokenizer reads for a page.
  package func text(of page: ModelInput.Page) -> String {
    prompt.replacing(placeholder, with: tiles.text(rows: page.rows, columns: page.columns))
  }
}

extension Config {
  /// Nil where there are none.
  fileprivate func words(_ key: String) throws -> String? {
    guard let words = try optional(key)?.string(), !words.isEmpty else { return nil }
    return words
  }
}

extension FilePlace {
  fileprivate static let visualPrompt = FilePlace(
    file: "processor_config.json", path: "visual_prompt_prefix")
}

extension PageFormat: InputFormat {
  package var imageSize: Int? { recipe.side }
  package var fusion: Fusion { .pages }
  package func maximumTextTokens(besideImage: Bool) -> Int { positions }

  /// The whole picture's tokens count as further rows of the grid.
  package func patchGrid(of input: ModelInput) -> (rows: Int, columns: Int)? {
    input.page.map { (($0.rows + 1) * side, max(1, $0.columns) * side) }
  }

  package func layout(of input: ModelInput) -> [SequenceRow] {
    guard let page = input.page else {
      return input.ids.indices.map { SequenceRow(.token($0), position: $0) }
    }
    var patches = patches(of: page).makeIterator()
    return input.ids.enumerated().map { place, id in
      let patch = id == pictureToken ? patches.next() : nil
      return SequenceRow(patch.map { .patch($0) } ?? .token(place), position: place)
    }
  }

  /// Where each token of a page stands in the grid, row by row.
  private func patches(of page: ModelInput.Page) -> [Int] {
    let width = max(1, page.columns) * side
    let tiles =
      (0..<page.rows).flatMap { row in (0..<page.columns).map { (row, $0) } } + [(page.rows, 0)]
    return tiles.flatMap { row, column in
      (0..<side * side).map { token in
        (row * side + token / side) * width + column * side + token % side
      }
    }
  }

  package func input(ids: [Int], pixels: Tensor?) -> ModelInput {
    guard let pixels else { return ModelInput(ids: ids) }
    let tile = ModelInput.Page(rows: 0, columns: 0, .tiles(pixels.reshaped([1] + pixels.shape)))
    return ModelInput(
      ids: Array(repeating: pictureToken, count: tiles.tokensOfTile) + ids, picture: .page(tile))
  }
}
