import Foundation
import TesseraImages
import TesseraModels
import TesseraTestSupport
import Testing

@Suite struct TileGridTests {
  private func recipe(
    _ side: Int, _ canvases: [PixelSize], _ processor: PictureProcessor
  ) throws -> GridRecipe {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "preprocessor_config.json")
    try Data(
      """
      {"size": {"height": \(side), "width": \(side)}, "do_center_crop": null}
      """.utf8
    ).write(to: file)
    return try GridRecipe(
      PreprocessorConfig(preprocessorConfig: file.path), processor, canvases: canvases)
  }

  private func count(_ size: PixelSize, _ recipe: GridRecipe, _ grid: TileGrid) -> Int {
    let canvas = recipe.canvas(for: size)
    let part = grid.part(
      of: size, tileRows: canvas.height / recipe.side, tileColumns: canvas.width / recipe.side)
    return grid.side * grid.side + part.tokenCount
  }

  @Test func `pictures of any size have the reference's number of tokens`() throws {
    let following = try recipe(
      336,
      [(672, 336), (336, 672), (672, 672), (336, 1008), (1008, 336)].map {
        PixelSize(width: $0.0, height: $0.1)
      }, .llavaNext)
    let oneVision = try recipe(
      384,
      (1...6).flatMap { rows in
        (1...6).map { PixelSize(width: 384 * $0, height: 384 * rows) }
      }, .llavaOneVision)
    let rows = try Goldens.json("tile-counts.json", as: [[Int]].self)
    #expect(rows.count > 200)
    for row in rows {
      let size = PixelSize(width: row[0], height: row[1])
      #expect(count(size, following, TileGrid(side: 24, maximumTiles: nil)) == row[2], "\(size)")
      #expect(count(size, oneVision, TileGrid(side: 27, maximumTiles: 9)) == row[3], "\(size)")
    }
  }

  @Test func `a canvas that is no multiple of a tile is refused`() {
    #expect(throws: RecipeError.self) {
      try recipe(336, [PixelSize(width: 336, height: 500)], .llavaNext)
    }
  }
}
