import JSON
import Testing

@Suite struct JSONReaderTests {
  @Test func `numbers equal the compiler's`() throws {
    for text in [
      "0", "-0.0", "1", "-9.123456789012345", "1e-7", "123456789012345678", "2.5E+3", "1e300",
      "5e-324",
    ] {
      let read = try JSONReader.read(text) { json in try json.readDouble() }
      #expect(read == Double(text))
    }
  }
}
