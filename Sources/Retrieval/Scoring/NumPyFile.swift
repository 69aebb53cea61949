import TesseraFiles
import TesseraTensors

/// A matrix of float32 in numpy's format (.npy, versions 1 to 3), mapped.
package struct NumPyFile: Sendable {
  package let rows: Int
  package let columns: Int
  /// [rows, columns]
  package let numbers: StoredNumbers<Float>

  /// - Throws: `FileError`, or `NumPyError` that says what in the file is not as expected.
  package init(path: String) throws {
    let storage = TensorStorage(try MappedFile(path))
    let header = try withExtendedLifetime(storage) {
      try NumPyHeader(reading: storage.bytes, of: path)
    }
    func expect(_ expected: String, found: String) -> NumPyError {
      NumPyError(path: path, expected: expected, found: found)
    }
    guard header.type == "<f4" else { throw expect("float32, '<f4'", found: "'\(header.type)'") }
    guard !header.isFortranOrder else {
      throw expect("rows behind one another", found: "fortran_order True")
    }
    let shape = header.shape
    guard shape.count == 2, shape[1] > 0 else {
      throw expect("a matrix, shape (rows, columns)", found: "shape \(shape)")
    }
    let found = storage.bytes.count - header.byteCount
    let (count, overflow) = shape[0].multipliedReportingOverflow(by: shape[1])
    guard !overflow, count <= found / 4, found == 4 * count else {
      throw expect("\(shape[0])×\(shape[1]) numbers of 4 bytes", found: "\(found) bytes")
    }
    guard header.byteCount.isMultiple(of: 4) else {
      throw expect("numbers from a multiple of 4 bytes on", found: "from byte \(header.byteCount)")
    }
    rows = shape[0]
    columns = shape[1]
    numbers = StoredNumbers(storage, byteOffset: header.byteCount, count: count)
  }

  /// Copies all of it.
  package var tensor: Tensor {
    Tensor(shape: [rows, columns]) { out in
      numbers.withNumbers { _ = out.initialize(fromContentsOf: $0) }
    }
  }
}
