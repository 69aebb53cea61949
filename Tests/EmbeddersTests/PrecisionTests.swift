import Foundation
import TesseraEmbedders
import TesseraKernels
import TesseraTensors
import TesseraTestSupport
import Testing

/// The narrow precisions on a whole model.
@Suite struct PrecisionTests {
  private let image = Goldens.url("images/photo-420.jpg")

  private func embedder(_ precision: Precision?, batchTokens: Int = 2048) throws
    -> Embedder
  {
    try Embedder(
      modelFolder: ConvertedModels.visualTinyEnglish.get(),
      options: .init(batchTokens: batchTokens, precision: precision))
  }

  private var items: [Item] {
    (0..<20).map { i -> Item in
      i % 5 == 0
        ? .pair(image: image, text: "whale \(i)")
        : .text(String(repeating: "a blue whale ", count: i % 4) + "\(i)")
    }
  }

  @Test func `float32 is what a folder gets unless something else is asked for`() throws {
    #expect(try embedder(nil).precision == .float32)
    #expect(try embedder(.int8).precision == .int8)
  }

  @Test(arguments: zip([Precision.bfloat16, .int8], [Float(0.9995), 0.99]))
  func `vectors stay near those of float32`(precision: Precision, lowest: Float) throws {
    let (narrow, wide) = (try embedder(precision), try embedder(.float32))
    for item in items {
      let (a, b) = (try narrow.encode(item), try wide.encode(item))
      #expect(a.similarity(to: b) > lowest)
      #expect(a.vector != b.vector)
    }
  }

  @Test(arguments: [Precision.float32, .bfloat16, .int8])
  func `neither batch nor threads change a bit`(precision: Precision) throws {
    guard ProductCode.current == .simd || precision != .float32 else { return }
    let all = Embedder.threadCount
    defer { Embedder.threadCount = all }
    let alone = try items.map { try embedder(precision).encode($0).vector }
    for (threads, tokens) in [(1, 2048), (2, 60), (5, 100_000)] {
      Embedder.threadCount = threads
      let together = try embedder(precision, batchTokens: tokens).encode(items)
      #expect(try together.map { try $0.get().vector } == alone)
    }
  }

  @Test func `weights of four bits are for models that chat`() throws {
    let tries: [(String, (URL) throws -> Void)] = [
      ("qwen3-embedding", { _ = try Embedder(modelFolder: $0, options: .init(precision: .int4)) }),
      ("reranker-bert", { _ = try Reranker(modelFolder: $0, options: .init(precision: .int4)) }),
      ("blip-caption", { _ = try Captioner(modelFolder: $0, options: .init(precision: .int4)) }),
    ]
    for (name, load) in tries {
      let error = #expect(throws: EmbedderError.self, "\(name)") {
        try load(Goldens.url("zoo/\(name)"))
      }
      let message = "\(error, default: "none")"
      #expect(message.contains("int4 is not possible"), "\(message)")
      #expect(message.contains("models that chat"), "\(message)")
    }
  }

  @Test func `bfloat16 is of weights alone where the processor gains nothing by it`() {
    let isFast = Arithmetic.hasFastBF16
    #expect(Precision.bfloat16.arithmetic == (isFast ? .bfloat16 : .bfloat16Weights))
    #expect(!isFast || KernelTable.active.instructionSet.hasBF16)
  }
}
