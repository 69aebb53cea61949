import TesseraImages
import TesseraJSON

/// How pictures are cut into tiles, and these are written among words: SmolVLM's way.
struct TileReading: Sendable {
  /// What is done to a picture.
  let recipe: SplitRecipe
  /// Tokens along a side of a tile.
  let side: Int
  private let words: TileWords

  /// - Throws: `FieldError` where the files of the processor and of the model disagree; `RecipeError`.
  init(_ folder: ModelFiles, _ vision: SigLIPConfig.Vision, side: Int) throws {
    recipe = try SplitRecipe(folder.preprocessor())
    guard recipe.side == vision.imageSize else {
      throw folder.config.field.place.key("vision_config.image_size").inconsistent(
        "\(vision.imageSize), but the image processor makes tiles of \(recipe.side)")
    }
    self.side = side
    words = try TileWords(folder)
    if let count = try folder.config(ifPresent: "processor_config.json")?.optional("image_seq_len"),
      try count.int(in: 1...1 << 20) != tokensOfTile
    {
      throw count.wrongType("\(tokensOfTile), what the model makes of a tile")
    }
  }

  var tokensOfTile: Int { side * side }

  /// What a prompt writes for a picture.
  var placeholder: String { words.picture }

  /// What the tokenizer reads for a picture.
  ///
  /// - Parameter rows: of tiles, beside which the whole picture is one more; 0 for that one alone.
  func text(rows: Int, columns: Int) -> String {
    words.text(rows: rows, columns: columns, tokensOfTile: tokensOfTile)
  }
}
