import TesseraJSON
import Testing

@Suite struct JSONWriterTests {
  @Test func `objects and arrays nest`() {
    var json = JSONWriter()
    json.writeObject { object in
      object.member("index") { $0.write(3) }
      object.member("embedding") { $0.writeArray([0.1, -2] as [Float]) { $0.write($1) } }
      object.member("inner") { $0.writeObject { $0.member("ok") { $0.write(true) } } }
    }
    #expect(json.text == #"{"index":3,"embedding":[0.1,-2.0],"inner":{"ok":true}}"#)
  }

  @Test func `values, and objects in objects, are members`() {
    let line = JSONWriter.line { object in
      object.member("name", "a")
      object.member("shape", [2, 3])
      object.member("rows", [[0.5], []] as [[Float]])
      object.object("inner") { $0.member("ok", true) }
      object.objects("items", [1, 2]) { $0.member("double", 2.5 * Double($1)) }
      object.objects("none", [Int]()) { $0.member("", $1) }
    }
    #expect(
      line == #"{"name":"a","shape":[2,3],"rows":[[0.5],[]],"inner":{"ok":true},"#
        + #""items":[{"double":2.5},{"double":5.0}],"none":[]}"# + "\n")
  }

  @Test func `any string reads back equal`() throws {
    let text =
      String(String.UnicodeScalarView((0...0x2FF).compactMap(Unicode.Scalar.init))) + "\u{2028}鲸🐳"
    var json = JSONWriter()
    json.write(text)
    #expect(try JSONReader.read(json.text) { try $0.readString() } == text)
    #expect(json.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{2028}" })
  }

  @Test(arguments: [0.1, 1e-30, 16777216, -0.0, 3.4028235e38, .leastNonzeroMagnitude] as [Float])
  func `floats read back to the bit`(value: Float) throws {
    var json = JSONWriter()
    json.write(value)
    let read = try JSONReader.read(json.text) { Float(try $0.readDouble()) }
    #expect(read.bitPattern == value.bitPattern)
  }

  @Test func `what JSON cannot say is null`() {
    var json = JSONWriter()
    json.writeArray([.nan, .infinity] as [Float]) { $0.write($1) }
    #expect(json.text == "[null,null]")
  }
}
