import TesseraCheckpoints
import TesseraTensors
import Testing

@Suite struct WeightsTests {
  private let path = Cases.path("pth-good/ordered-dict-with-metadata.expected.safetensors")

  private func weights() throws -> Weights { Weights(try Checkpoint(path: path)) }

  @Test func `scopes descend along the names`() throws {
    let layer = try weights()[0]
    #expect(layer.path == "0")
    #expect(layer["a"]["b"].path == "0.a.b")
    #expect(layer.contains("weight"))
    #expect(!layer.contains("gain"))
    #expect(try layer.tensor("weight", shape: [3, 4]).shape == [3, 4])
  }

  @Test func `a miss says name, expected and found`() throws {
    let layer = try weights()[0]
    #expect(throws: WeightsError.missing(file: path, name: "0.gain")) {
      try layer.tensor("gain", shape: [3])
    }
    #expect(
      throws: WeightsError.shape(file: path, name: "0.weight", expected: [4, 3], found: [3, 4])
    ) { try layer.tensor("weight", shape: [4, 3]) }
  }

  @Test func `integers are no weights`() throws {
    let path = Cases.path("pth-good/zip-integers.pth")
    let weights = Weights(try Checkpoint(path: path))
    #expect(throws: WeightsError.dtype(file: path, name: "i64", found: .i64)) {
      try weights.tensor("i64", shape: [7])
    }
    #expect(try weights.tensor("i64").dtype == .i64)
  }

  @Test func `names that nobody read are reported`() throws {
    let weights = try weights()
    _ = try weights[0].tensor("weight")
    _ = try? weights[1].tensor("weight", shape: [9])
    #expect(weights[0].unreadNames() == ["0.bias"])
    #expect(Set(weights.unreadNames()) == ["0.bias", "1.bias", "1.weight"])
    #expect(throws: WeightsError.unread(file: path, names: ["0.bias"])) {
      try weights.requireAllRead(ignoring: ["1.*", "bias"])
    }
    try weights.requireAllRead(ignoring: ["*.bias", "1*w*t"])
    try weights.requireAllRead(ignoring: ["*"])
  }

  @Test(arguments: ["0.b", "*.bia", "bias*", "0.*x*", "", "0.bias.*", "0.*.bias"])
  func `a pattern must match the whole name`(_ pattern: String) throws {
    let weights = try weights()
    for name in ["0.weight", "1.weight", "1.bias"] { _ = try weights.tensor(name) }
    #expect(throws: WeightsError.self) { try weights.requireAllRead(ignoring: [pattern]) }
  }
}
