import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Retrievers of pages whose weights were quantized when they were converted.
@Suite struct QuantizedPagesTests {
  @Test(arguments: ["colmodernvbert", "colsmol"])
  func `vectors are those of the whole folder in int8, to the bit`(_ name: String) throws {
    let folder = Goldens.url("zoo/\(name)")
    let exact = try Embedder(modelFolder: folder)
    let whole = try Embedder(modelFolder: folder, options: .init(precision: .int8))
    let quantized = try Embedder(modelFolder: ConvertedModels.quantized(folder))
    #expect(quantized.precision == .int8)
    for item in [Item.image(Goldens.url("images/wide.png")), .text("a blue whale")] {
      let one = try quantized.encode(item, returning: [.colbert])
      let other = try whole.encode(item, returning: [.colbert])
      #expect(one.colbertVectors == other.colbertVectors)
      let reference = try exact.encode(item, returning: [.colbert])
      #expect(one.colbertVectors != reference.colbertVectors)
      #expect(try #require(one.colbertScore(with: reference)) > 0.98)
    }
  }
}
