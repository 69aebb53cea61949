import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

@Suite struct WorkloadTests {
  @Test(arguments: ["text 8x128", "image 1", "pair 2x16", "lengths 256"])
  func `workloads are read as they are written`(text: String) {
    #expect(Workload(text)?.description == text)
  }

  @Test(arguments: [
    "", "text", "text 8", "image 1x2", "video 1", "text 0x5", "text 1x0", "text 1x",
    "lengths 4x5", "lengths 0", "text 99999999999x1",
  ])
  func `anything else is no workload`(text: String) {
    #expect(Workload(text) == nil)
  }

  /// The sums are those of `Benchmarks/peers/lengths.py`.
  @Test(arguments: [(1, 60), (4, 24 + 151 + 77 + 46), (256, 20_833)])
  func `realistic lengths are those that other programs compute`(texts: Int, tokens: Int) throws {
    let embedder = try Embedder(modelFolder: ConvertedModels.bgeM3Tiny.get())
    let workload = try #require(Workload("lengths \(texts)"))
    let measured = try embedder.measure(workload, seconds: 0.001, repetitions: 1)
    #expect(measured.tokens == tokens)
  }

  /// Work by hand: BERT-like, 3 layers of width 64 and 256; EVA02-like, 3 blocks of 64 and 170.
  @Test func `operations and tokens are counted`() throws {
    let embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    let text = try embedder.measure(try #require(Workload("text 2x10")), seconds: 0.001)
    #expect(text.tokens == 20)
    let products = 2 * 10 * (4 * 64 * 64 + 2 * 64 * 256)
    let attention = 4 * 10 * 10 * 64
    let layer = Double(products + attention)
    // The last layer has q, k and v of all tokens, the rest of the class token alone.
    let last = Double(2 * 10 * 3 * 64 * 64 + 4 * 10 * 64 + 2 * (64 * 64 + 2 * 64 * 256))
    #expect(text.operations == 2 * (2 * layer + last))
    let pair = try embedder.measure(try #require(Workload("pair 1x10")), seconds: 0.001)
    #expect(pair.tokens == 26)
    #expect(pair.operations > text.operations)
    #expect(text.minimum <= text.median && text.minimum > 0)
    #expect(throws: EmbedderError.workloadTooLong(tokens: 65, limit: 64)) {
      try embedder.measure(try #require(Workload("text 1x65")))
    }
  }
}
