import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// What a caller may count on, whatever the model.
@Suite struct EmbedderTests {
  private let embedder: Embedder
  private let image = Goldens.url("images/rgb.png")

  init() throws {
    embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
  }

  @Test func `one failed item does not lose the others`() throws {
    let items: [Item] = [
      .text("whale"), .image(URL(filePath: "/nowhere/at-all.png")), Item(),
      .pair(image: image, text: "blue whale"),
    ]
    let results = try embedder.encode(items)
    #expect(results.count == 4)
    let alone = try embedder.encode(items[0]).vector
    #expect(try disagreement(results[0].get().vector, alone, .embedding) == nil)
    #expect(throws: EmbedderError.self) { try results[1].get() }
    #expect(throws: EmbedderError.emptyItem) { try results[2].get() }
    #expect(try results[3].get().vector.count == embedder.dimension)
    guard case .failure(let error) = results[1] else { return }
    #expect("\(error)".contains("/nowhere/at-all.png"))
  }

  @Test func `pictures come from memory too`() throws {
    let data = try Data(contentsOf: image)
    let fromMemory = try embedder.encode(Item(image: .data(data, name: "upload")))
    #expect(fromMemory.vector == (try embedder.encode(.image(image))).vector)
    let error = #expect(throws: EmbedderError.self) {
      try embedder.encode(Item(image: .data(Data("text".utf8), name: "upload")))
    }
    #expect(error.map { "\($0)".contains("upload") } == true)
  }

  @Test(arguments: [1, 30, 100_000]) func `batches change nothing but speed`(tokens: Int) throws {
    let other = try Embedder(
      modelFolder: ConvertedModels.visualTinyEnglish.get(), options: .init(batchTokens: tokens))
    let items = (0..<70).map { i -> Item in
      i % 10 == 0
        ? .pair(image: image, text: "whale \(i)")
        : .text(String(repeating: "a whale ", count: i % 7))
    }
    let embeddings = try other.encode(items).map { try $0.get().vector }
    for (item, vector) in zip(items, embeddings) {
      let alone = try embedder.encode(item).vector
      #expect(disagreement(vector, alone, .batch) == nil)
    }
  }

  /// No sum is split between threads. Other tests may run meanwhile: theirs is the same answer.
  @Test func `the number of threads does not change a bit`() throws {
    let all = Embedder.threadCount
    defer { Embedder.threadCount = all }
    let items: [Item] = [
      .pair(image: image, text: "a blue whale"), .text(String(repeating: "whale ", count: 40)),
    ]
    let vectors = try [1, 2, 5].map { count in
      Embedder.threadCount = count
      return try embedder.encode(items).map { try $0.get().vector }
    }
    #expect(vectors[1] == vectors[0])
    #expect(vectors[2] == vectors[0])
  }

  @Test func `no items, no vectors`() throws {
    #expect(try embedder.encode([Item]()).isEmpty)
  }

  @Test func `a cancelled task stops`() async throws {
    let embedder = embedder
    let items = [Item](repeating: .text("whale"), count: 10_000)
    let task = Task { try embedder.encode(items) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `a limit without room for a word is refused`() throws {
    let folder = try ConvertedModels.visualTinyEnglish.get()
    #expect(throws: EmbedderError.limitTooLow(limit: 1, minimum: 2)) {
      try Embedder(modelFolder: folder, options: .init(maxLength: 1))
    }
    let short = try Embedder(modelFolder: folder, options: .init(maxLength: 3))
    let truncation = try short.encode(.text("blue whale")).truncation
    #expect(truncation?.kept == 3)
    #expect(truncation?.total == 7)
  }

  @Test func `pictures above the limit of pixels are refused`() throws {
    let careful = try Embedder(
      modelFolder: ConvertedModels.visualTinyEnglish.get(), options: .init(maximumPixels: 1000))
    let error = #expect(throws: EmbedderError.self) { try careful.encode(.image(image)) }
    #expect(error.map { "\($0)".contains("300") } == true)
  }
}
