import Foundation

/// A reader of files that nobody vouches for.
struct Target: Sendable {
  let name: String
  let corpus: Corpus
  /// Pieces of the format, put in at random.
  var words: [String] = []
  /// Where a sample has JSON, whose values are changed.
  var json: @Sendable ([UInt8]) -> Range<Int>? = { _ in nil }
  /// The name that the file must have.
  var fileName = "input"
  /// Of the time that a target has: less where it is mostly another's library that reads.
  var share = 1.0
  /// Reads a file, and whatever of it is read late.
  let read: @Sendable (URL) throws -> Void

  /// The files to begin with.
  enum Corpus: Sendable {
    /// Files of these endings in folders below the repository's.
    case files([String], endings: Set<String>)
    /// Made here, with what must stand beside them in the folder that is given.
    case made(@Sendable (URL) throws -> [[UInt8]])
  }

  /// Small ones: what is large costs time and has the same beginning.
  func samples(below root: URL, beside folder: URL) throws -> [Sample] {
    try files(below: root, beside: folder).map { Sample($0, json: json($0)) }
  }

  private func files(below root: URL, beside folder: URL) throws -> [[UInt8]] {
    switch corpus {
    case .made(let make): return try make(folder)
    case .files(let places, let endings):
      var samples: [[UInt8]] = []
      for place in places {
        let folder = root.appending(path: place)
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        for name in names where endings.contains((name as NSString).pathExtension) {
          let data = try Data(contentsOf: folder.appending(path: name))
          if data.count < 60_000, !data.isEmpty { samples.append([UInt8](data)) }
        }
      }
      return samples
    }
  }
}

/// A file to begin with.
struct Sample: Sendable {
  let bytes: [UInt8]
  /// The JSON in it, whose elements are looked for once.
  let json: (place: Range<Int>, text: [UInt8], elements: [JSONElements.Element])?

  init(_ bytes: [UInt8], json place: Range<Int>?) {
    self.bytes = bytes
    json = place.flatMap { place in
      let text = Array(bytes[place])
      return JSONElements(text).map { (place, text, $0.elements) }
    }
  }
}
