import Foundation
import TesseraCheckpoints
import TesseraTensors
import Testing

@Suite struct SafetensorsFileTests {
  /// What the message must say about each malformed file.
  static let malformed: [(String, String)] = [
    ("array-header", "expected a JSON object"),
    ("duplicate-name", "the name 'w' stands twice"),
    ("empty", "expected 8 bytes of header length, found a file of 0"),
    ("fractional-dimension", "not a whole number"),
    ("header-length-2-63", "expected at most 100000000 bytes, found 9223372036854775808"),
    ("header-length-beyond-file", "bytes that follow"),
    ("header-length-max", "expected at most 100000000 bytes, found 18446744073709551615"),
    ("header-over-100-mb", "expected at most 100000000 bytes"),
    ("hole", "belong to no tensor"),
    ("metadata-not-strings", "expected a string"),
    ("missing-shape", "no shape"),
    ("negative-dimension", "negative number"),
    ("negative-offset", "negative number"),
    ("not-json", "invalid JSON"),
    ("not-utf8", "not valid UTF-8"),
    ("offsets-beyond-data", "ends at data byte"),
    ("offsets-reversed", "run backwards"),
    ("overlap", "overlap"),
    ("seven-bytes", "found a file of 7"),
    ("shape-disagrees", "its shape needs 12 bytes, its data_offsets give 8"),
    ("shape-overflow", "overflows"),
    ("trailing-bytes", "at the end, belong to no tensor"),
    ("unknown-dtype", "'F33' is unknown or not supported"),
  ]

  @Test(arguments: malformed)
  func `malformed files are refused by name`(_ name: String, _ reason: String) throws {
    let path = Cases.path("safetensors-malformed/\(name).safetensors")
    let message = try #require(message { _ = try SafetensorsFile(path: path) })
    #expect(message.hasPrefix(path))
    #expect(message.contains(reason), "\(message)")
  }

  @Test func `every malformed file has an expectation`() {
    let names = Cases.names("safetensors-malformed", ending: ".safetensors")
    #expect(names == Self.malformed.map { $0.0 + ".safetensors" })
  }

  @Test func `tensors of many dtypes are read`() throws {
    let file = try SafetensorsFile(path: Cases.path("safetensors-good/every-dtype.safetensors"))
    let wide: Set<DType> = [.u16, .u32, .u64]
    #expect(Set(file.tensors.map(\.dtype)) == Set(DType.allCases).subtracting(wide))
    for info in file.tensors {
      let tensor = try #require(file[info.name])
      #expect(tensor.dtype == info.dtype)
      #expect(tensor.shape == info.shape)
      #expect(tensor.byteCount == info.byteCount)
    }
  }

  @Test func `a file without tensors is valid`() throws {
    let file = try SafetensorsFile(path: Cases.path("safetensors-good/no-tensors.safetensors"))
    #expect(file.names.isEmpty)
    #expect(file["w"] == nil)
  }

  @Test func `elements and metadata are those of the file`() throws {
    let file = try read(
      #"{"__metadata__":{"format":"pt"},"w":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}}  "#,
      data: [1, 2, 3, 4])
    #expect(file.metadata == ["format": "pt"])
    #expect(file["w"]?.withBytes { Array($0) } == [1, 2, 3, 4])
    #expect(file.info("w")?.elementCount == 2)
  }

  @Test func `a hundred thousand tensors are read`() throws {
    let entries = (0..<100_000).map {
      #""layer.\#($0).weight":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
    }
    let file = try read("{" + entries.joined(separator: ",") + "}", data: [])
    #expect(file.names.count == 100_000)
    #expect(file.names.last == "layer.99999.weight")
    #expect(file["layer.77777.weight"]?.elementCount == 0)
  }

  @Test func `deep nesting is refused`() throws {
    let deep = String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)
    for header in [#"{"__metadata__":\#(deep)}"#, #"{"w":{"other":\#(deep)}}"#] {
      #expect(message { _ = try read(header, data: []) } != nil)
    }
  }

  @Test(arguments: [
    (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"dtype":"I8"}}"#, "dtype stands twice"),
    (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, "expected 2 data_offsets, found 1"),
    (#"{"w":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#, "'F8_E4M3'"),
    (#"{"w":{"shape":[1],"data_offsets":[0,1]}}"#, "no dtype"),
    (#"{"w":{"dtype":"U8","shape":[1]}}"#, "no data_offsets"),
    (
      #"{"__metadata__":{},"__metadata__":{},"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
      "__metadata__ stands twice"
    ),
    (#"{"w":{"dtype":"U8","shape":[9223372036854775807,2,0],"data_offsets":[0,0]}}"#, "overflows"),
    (#"{"w":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,1]}}"#, "64 bits"),
    (#" {"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, "expected a JSON object"),
    (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}x"#, "follows the JSON value"),
    (#"{"a\nb":{"dtype":"X","shape":[1],"data_offsets":[0,1]}}"#, #"'a\u{a}b'"#),
  ])
  func `further malformed headers are refused`(_ header: String, _ reason: String) throws {
    let message = try #require(message { _ = try read(header, data: [0]) })
    #expect(message.contains(reason), "\(message)")
    #expect(!message.contains("\n"))
  }

  @Test func `a bit flip anywhere ends in an error or in tensors`() throws {
    let folder = try TemporaryFolder()
    let path = Cases.path("safetensors-good/every-dtype.safetensors")
    let good = [UInt8](try Data(contentsOf: URL(filePath: path)))
    for index in stride(from: 0, to: good.count, by: 3) {
      var bytes = good
      bytes[index] ^= 1 << (index % 8)
      let path = try folder.file("flipped.safetensors", bytes)
      guard let file = try? SafetensorsFile(path: path) else { continue }
      #expect(file.names.allSatisfy { file[$0] != nil })
    }
  }

  private func read(_ header: String, data: [UInt8]) throws -> SafetensorsFile {
    let folder = try TemporaryFolder()
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init)
    return try SafetensorsFile(path: folder.file("made.safetensors", length + header.utf8 + data))
  }
}
