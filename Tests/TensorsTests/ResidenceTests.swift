import TesseraTensors
import TesseraTestSupport
import Testing

/// Where packed weights are, and when.
@Suite struct ResidenceTests {
  @Test(arguments: [Arithmetic.float32, .bfloat16, .bfloat16Weights, .int8, .int4])
  func `weights are kept from the second product on, and all products are the same bits`(
    precision: Arithmetic
  ) {
    let x = Tensor.random([200, 300], seed: 1)
    let weights = LinearWeights(
      stacking: [90, 1, 64].map {
        let weight = Tensor.random([$0, 300], seed: UInt64($0))
        return LinearWeights(StoredMatrix(weight.stored), precision: precision, for: .simd)
      })
    #expect(!weights.areResident)
    let first = x.linear(weights)
    #expect(weights.areResident == (precision == .int4))
    let second = x.linear(weights)
    #expect(weights.areResident)
    #expect(second.elements == first.elements)
    #expect(x.linear(weights).elements == first.elements)
  }

  @Test func `products at the same time agree on who packs`() async {
    let x = Tensor.random([64, 300], seed: 1)
    let weight = Tensor.random([500, 300], seed: 2)
    let expected = x.linear(LinearWeights(StoredMatrix(weight.stored), for: .simd)).elements
    let weights = LinearWeights(StoredMatrix(weight.stored), for: .simd)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { x.linear(weights).elements == expected } }
      for await isEqual in group { #expect(isEqual) }
    }
    #expect(weights.areResident)
  }

  @Test func `long-lived blocks stand apart from each other`() {
    let sizes = [1, 100_000, 3_000_001, 70_000, 40 << 20, 1 << 16, 2 << 20]
    let blocks = sizes.enumerated().map { index, size in
      TensorStorage(longLived: size) { bytes in
        #expect(bytes.count == size)
        bytes.initializeMemory(as: UInt8.self, repeating: UInt8(index))
      }
    }
    for (index, block) in blocks.enumerated() {
      #expect(Int(bitPattern: block.bytes.baseAddress).isMultiple(of: TensorStorage.alignment))
      #expect(block.bytes.allSatisfy { $0 == UInt8(index) })
    }
  }
}
