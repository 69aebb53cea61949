import Foundation
// The README's example, so that it compiles and runs; only the paths differ.
import TesseraEmbedders
import TesseraTestSupport
import Testing

@Suite struct ReadmeExampleTests {
  @Test func `the example of the README runs`() throws {
    let modelFolder = try ConvertedModels.visualTinyEnglish.get()
    let logo = Goldens.url("images/rgb.png")

    let embedder = try Embedder(modelFolder: modelFolder)
    let whale = try embedder.encode(.text("a whale in the sea"))
    let both = try embedder.encode(.pair(image: logo, text: "blue whale"))
    #expect((-1...1).contains(whale.similarity(to: both)))

    let items: [Item] = [.text("boat"), .image(logo), .pair(image: logo, text: "boat")]
    for result in try embedder.encode(items) {
      switch result {
      case .success(let embedding): #expect(embedding.vector.count == embedder.dimension)
      case .failure(let error): Issue.record(error)
      }
    }
  }
}
