import TesseraFiles
import TesseraJSON

/// The values of a `preprocessor_config.json`, each as its JSON text.
package struct PreprocessorConfig {
  private let file: String
  private let values: [String: String]

  /// Sides beyond this are taken for a mistake, and would exhaust the memory.
  private static let sideLengths = 1...4096

  /// - Throws: `FileError`, or `RecipeError` naming the file.
  package init(preprocessorConfig path: String) throws {
    let mapped = try MappedFile(path)
    self = try withExtendedLifetime(mapped) { try PreprocessorConfig(mapped.bytes, file: path) }
  }

  /// The part of a `processor_config.json` that tells of pictures.
  ///
  /// - Throws: `FileError`, or `RecipeError` naming the file.
  package init(processorConfig path: String) throws {
    let mapped = try MappedFile(path)
    self = try withExtendedLifetime(mapped) {
      try PreprocessorConfig(withinProcessorConfig: mapped.bytes, file: path)
    }
  }

  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: the name for error messages.
  /// - Throws: `RecipeError` naming the file.
  package init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    self.file = file
    do {
      values = try JSONReader.read(bytes) { try Self.values(of: &$0, file) }
    } catch let error as JSONError {
      throw RecipeError.invalidJSON(file: file, error)
    }
  }

  /// The part of a `processor_config.json` that tells of pictures.
  init(withinProcessorConfig bytes: UnsafeRawBufferPointer, file: String) throws {
    let key = "image_processor"
    let all = try PreprocessorConfig(bytes, file: file)
    guard let part = all.values[key], part != "null" else {
      throw all.unsupported(key, expected: "an object")
    }
    self.file = "\(file): \(key)"
    do {
      values = try JSONReader.read(part) { [file = self.file] in try Self.values(of: &$0, file) }
    } catch is JSONError {
      throw all.unsupported(key, expected: "an object")
    }
  }

  private static func values(of json: inout JSONReader, _ file: String) throws -> [String: String] {
    var values: [String: String] = [:]
    try json.readObject { key, json in
      guard values.updateValue(try json.readVerbatim(), forKey: key) == nil else {
        throw RecipeError.duplicateKey(file: file, key: key)
      }
    }
    return values
  }

  /// Whether a key stands there without a value.
  func isNull(_ key: String) -> Bool { values[key] == "null" }

  private static let readKeys: Set = [
    "do_resize", "size", "resample", "do_center_crop", "crop_size", "do_rescale",
    "rescale_factor", "do_normalize", "image_mean", "image_std", "do_convert_rgb",
    "image_processor_type", "feature_extractor_type", "rescale_offset", "include_top",
  ]
  /// These say how arrays are passed around in Python, or name classes there.
  private static let harmlessKeys: Set = [
    "processor_class", "_valid_processor_keys", "data_format", "input_data_format",
    "return_tensors", "device", "disable_grouping",
  ]

  /// - Parameter unread: keys that the processor's files have, and that it passes over.
  func refuseUnknownKeys(besides unread: Set<String>) throws {
    for (key, value) in values.sorted(by: { $0.key < $1.key })
    where !Self.readKeys.contains(key) && !Self.harmlessKeys.contains(key) && !unread.contains(key)
      && value != "null" && value != "false"
    {
      throw unsupported(key, expected: "no such key, as it is not known here")
    }
  }

  func requireProcessor(among known: [String]) throws {
    for key in ["image_processor_type", "feature_extractor_type"] {
      guard let name = try read(key, "a string", { try $0.readString() }) else { continue }
      guard known.contains(name) else { throw unsupported(key, expected: known.first ?? "none") }
    }
  }

  func bool(_ key: String) throws -> Bool? {
    guard values[key] != "null" else { throw unsupported(key, expected: "true or false") }
    return try read(key, "true or false") { try $0.readBool() }
  }

  func number(_ key: String) throws -> Double? {
    try read(key, "a number") { try $0.readDouble() }
  }

  func filter() throws -> ResampleFilter? {
    guard values["resample"] != "null" else {
      throw unsupported("resample", expected: "a number from 0 to 5")
    }
    return try read("resample", "a number from 0 to 5") {
      ResampleFilter(rawValue: try $0.readInt())
    }
  }

  /// One number for all channels, or one for each.
  func channels(_ key: String, isDivisor: Bool = false) throws -> [Double]? {
    let expected = isDivisor ? "one or three numbers other than 0" : "one or three numbers"
    return try read(key, expected) { json in
      var numbers: [Double] = []
      if try json.peek() == .number {
        numbers = [Double](repeating: try json.readDouble(), count: 3)
      } else {
        try json.readArray { numbers.append(try $0.readDouble()) }
      }
      return numbers.count == 3 && !(isDivisor && numbers.contains { Float($0) == 0 })
        ? numbers : nil
    }
  }

  /// Keys of a processor that counts patches.
  static let patchKeys: Set = ["max_num_patches", "patch_size"]

  /// What the file says, or else the processor.
  func resizing(_ processor: PictureProcessor) throws -> PixelRecipe.Resizing {
    guard case .patches(let maximum, let side) = processor.resizing else {
      return try resizing(isNumberSquare: processor.isNumberSquare) ?? processor.resizing
    }
    func size(_ key: String) throws -> Int? {
      try read(key, "a number from \(Self.sideLengths)") { json in
        let size = try json.readInt()
        return Self.sideLengths.contains(size) ? size : nil
      }
    }
    return .patches(
      maximum: try size("max_num_patches") ?? maximum, side: try size("patch_size") ?? side)
  }

  /// A number is the shorter side, or both; a pair, or an object with both sides, the exact size.
  func resizing(isNumberSquare: Bool) throws -> PixelRecipe.Resizing? {
    let expected = "\"shortest_edge\", or \"height\" and \"width\", from \(Self.sideLengths)"
    return try read("size", expected) { json in
      let size = try Self.readSize(&json)
      if isNumberSquare, let side = size.number {
        return .exactly(PixelSize(width: side, height: side))
      }
      if let short = size.number ?? (size.sides.count == 1 ? size.sides["shortest_edge"] : nil) {
        return .shorterSide(short)
      }
      return size.exact.map { .exactly($0) }
    }
  }

  /// The longer side that a picture gets.
  func longestEdge(_ key: String) throws -> Int? {
    try read(key, "\"longest_edge\" from \(Self.sideLengths)") { json in
      let size = try Self.readSize(&json)
      return size.sides.count == 1 ? size.sides["longest_edge"] : nil
    }
  }

  /// Pairs of a height and a width.
  func sizes(_ key: String) throws -> [PixelSize]? {
    try read(key, "pairs of a height and a width from \(Self.sideLengths)") { json in
      var sizes: [PixelSize] = []
      try json.readArray { json in
        guard let size = try Self.readSize(&json).exact else {
          throw json.expected("a height and a width")
        }
        sizes.append(size)
      }
      return sizes.isEmpty ? nil : sizes
    }
  }

  /// A number is the side of a square.
  func cropSize() throws -> PixelSize? {
    try read("crop_size", "\"height\" and \"width\" from \(Self.sideLengths)") { json in
      let size = try Self.readSize(&json)
      return size.number.map { PixelSize(width: $0, height: $0) } ?? size.exact
    }
  }

  func unsupported(_ key: String, expected: String) -> RecipeError {
    let value = values[key] ?? "nothing"
    return .unsupported(
      file: file, key: key, expected: expected,
      found: value.count > 80 ? value.prefix(80) + "…" : value)
  }

  /// A size in one of the ways in which it has been written over the years.
  private struct WrittenSize {
    var number: Int?
    var sides: [String: Int] = [:]

    var exact: PixelSize? {
      guard sides.count == 2, let height = sides["height"], let width = sides["width"] else {
        return nil
      }
      return PixelSize(width: width, height: height)
    }
  }

  private static func readSize(_ json: inout JSONReader) throws -> WrittenSize {
    var size = WrittenSize()
    func readSide(_ json: inout JSONReader) throws -> Int {
      let side = try json.readInt()
      guard sideLengths.contains(side) else { throw json.expected("\(sideLengths)") }
      return side
    }
    switch try json.peek() {
    case .number:
      size.number = try readSide(&json)
    case .array:
      var names = ["height", "width"][...]
      try json.readArray { json in
        guard let name = names.popFirst() else { throw json.expected("two sides") }
        size.sides[name] = try readSide(&json)
      }
    default:
      try json.readObject { key, json in size.sides[key] = try readSide(&json) }
    }
    return size
  }

  /// Reads the value of `key`; nil if it is missing or null.
  /// - Throws: `RecipeError` if `body` throws or finds nothing.
  private func read<Value>(
    _ key: String, _ expected: String, _ body: (inout JSONReader) throws -> Value?
  ) throws -> Value? {
    guard let text = values[key], text != "null" else { return nil }
    guard let value = try? JSONReader.read(text, body) else {
      throw unsupported(key, expected: expected)
    }
    return value
  }
}
