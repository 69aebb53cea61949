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
    #expect(items.count == 5)
    for item in items {
      let width = try item.int("head_dim", in: 2...1024)
      let found = try item.rotaryFrequencies(headWidth: width).values
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
