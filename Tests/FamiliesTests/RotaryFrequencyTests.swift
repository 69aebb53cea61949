import Foundation
import TesseraJSON
import TesseraModels
import TesseraTestSupport
import Testing

@Suite struct RotaryFrequencyTests {
  /// Each item is a configuration, with what transformers computes of it.
  @Test func `scaled frequencies are the reference's`() throws {
    let file = try Data(contentsOf: Goldens.url("rotary.json"))
    let items = try file.withUnsafeBytes { bytes in
      try Config(bytes, file: "rotary.json").required("items").elements().map { try Config($0) }
    }
    #expect(items.count == 19)
    for item in items {
      let width = try item.int("head_dim", in: 2...1024)
      let rule = try item.rotaryRule(
        headWidth: width, positions: item.int("max_position_embeddings", in: 1...1 << 28))
      let tokens = try item.int("tokens", in: 1...1 << 28)
      let frequencies = rule.frequencies(of: tokens)
      let found = frequencies.values
      #expect(
        frequencies.amplitude == Float(try item.required("attention_factor").number()))
      let expected = try item.required("inverse_frequencies").elements().map {
        Float(try $0.number())
      }
      #expect(found.count == expected.count)
      for (k, (x, y)) in zip(found, expected).enumerated() {
        // PyTorch's powers of vectors are as exact as the C library's, but not the same to the bit.
        #expect(abs(x - y) <= 2 * y.ulp, "pair \(k) of \(width): \(x), \(y)")
      }
    }
  }
}
