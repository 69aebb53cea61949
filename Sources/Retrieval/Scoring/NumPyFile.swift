import TesseraFiles
import TesseraTensors

/// A matrix of float32 in numpy's format (.npy, versions 1 to 3), mapped.
package struct NumPyFile: Sendable {
  package let rows: Int
  package let columns: Int
  /// [rows, columns]
  package let numbers: StoredNumbers<Float>

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// - Throws: `FileError`, or `NumPyError` that says what in the file is not as expected.
  package init(path: String) throws {
    let storage = TensorStorage(try MappedFile(path))
    func expect(_ expected: String, found: String) -> NumPyError {
      NumPyError(path: path, expected: expected, found: found)
    }
    let bytes = storage.bytes
    guard bytes.count >= 12, bytes.starts(with: NumPyFile.magic) else {
      throw expect("a file that begins with \\x93NUMPY", found: "another beginning")
    }
    let version = bytes[6]
    guard (1...3).contains(version) else {
      throw expect("version 1, 2 or 3", found: "version \(version)")
    }
    let lengthBytes = version == 1 ? 2 : 4
    let length = (0..<lengthBytes).reduce(0) { $0 + Int(bytes[8 + $1]) << (8 * $1) }
    let start = 8 + lengthBytes + length
    guard start <= bytes.count else {
      throw expect("a header of \(length) bytes", found: "a file of \(bytes.count)")
    }
    let header = String(decoding: bytes[(8 + lengthBytes)..<start], as: UTF8.self)
    let descr = Self.value(of: "descr", in: header, until: ",")
    guard descr == "'<f4'" || descr == "\"<f4\"" else {
      throw expect("float32, '<f4'", found: descr ?? "no descr")
    }
    let order = Self.value(of: "fortran_order", in: header, until: ",")
    guard order == "False" else {
      throw expect("rows behind one another", found: "fortran_order \(order ?? "missing")")
    }
    let shape = Self.value(of: "shape", in: header, until: ")")
    let sizes = shape?.dropFirst().split(separator: ",").map(Self.trimmed)
      .filter { !$0.isEmpty }.map { Int($0) ?? -1 }
    guard shape?.first == "(", let sizes, sizes.count == 2, sizes[0] >= 0, sizes[1] > 0 else {
      throw expect(
        "a matrix, shape (rows, columns)", found: "shape \(shape.map { $0 + ")" } ?? "")")
    }
    let (count, overflow) = sizes[0].multipliedReportingOverflow(by: sizes[1])
    guard !overflow, count <= (bytes.count - start) / 4, bytes.count - start == 4 * count else {
      throw expect(
        "\(sizes[0])×\(sizes[1]) numbers of 4 bytes", found: "\(bytes.count - start) bytes")
    }
    guard start.isMultiple(of: 4) else {
      throw expect("numbers from a multiple of 4 bytes on", found: "from byte \(start)")
    }
    rows = sizes[0]
    columns = sizes[1]
    numbers = StoredNumbers(storage, byteOffset: start, count: count)
  }

  /// Copies all of it.
  package var tensor: Tensor {
    Tensor(shape: [rows, columns]) { out in
      numbers.withNumbers { _ = out.initialize(fromContentsOf: $0) }
    }
  }

  /// The text behind a key of the header, which is a literal of Python.
  private static func value(of key: String, in header: String, until end: Character) -> String? {
    for quote in ["'", "\""] {
      guard let found = header.firstRange(of: "\(quote)\(key)\(quote)") else { continue }
      let rest = trimmed(header[found.upperBound...])
      guard rest.first == ":" else { return nil }
      return trimmed(rest.dropFirst().prefix { $0 != end })
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  private static func trimmed(_ text: String) -> String { trimmed(text[...]) }
}

/// A file that is no matrix of float32.
package struct NumPyError: Error, Equatable, Sendable, CustomStringConvertible {
  package let path: String
  package let expected: String
  package let found: String

  package var description: String { "\(path): expected \(expected); found \(found)" }
}
