import TesseraCheckpoints
import TesseraFiles
import TesseraJSON

/// The tensors of a checkpoint as text.
package struct Listing {
  private let tensors: [TensorInfo]
  /// Names of those with two numbers in a byte.
  private let fourBits: Set<String>

  package init(_ checkpoint: Checkpoint) {
    tensors = checkpoint.tensors
    fourBits = Set(tensors.filter(checkpoint.hasFourBits).map(\.name))
  }

  /// Aligned columns, and the totals on the last line.
  package var table: String {
    let rows = tensors.map {
      let note = fourBits.contains($0.name) ? "  two numbers a byte" : ""
      return [$0.name.printable(), $0.dtype.rawValue, "\($0.shape)\(note)"]
    }
    let nameWidth = rows.map { $0[0].unicodeScalars.count }.max() ?? 0
    var text = ""
    for row in rows {
      text += row[0] + String(repeating: " ", count: nameWidth - row[0].unicodeScalars.count)
      text += "  " + row[1] + String(repeating: " ", count: 4 - row[1].count)
      text += "  " + row[2] + "\n"
    }
    let parameters = tensors.reduce(0) {
      $0 + (fourBits.contains($1.name) ? 2 : 1) * $1.elementCount
    }
    let bytes = tensors.reduce(0) { $0 + $1.byteCount }
    return text + "\(tensors.count) tensors, \(parameters) parameters, \(bytes) bytes\n"
  }

  /// One JSON object a line, without totals.
  package var jsonLines: String {
    tensors.map { tensor in
      JSONWriter.line { object in
        object.member("name", tensor.name)
        object.member("dtype", tensor.dtype.rawValue)
        object.member("shape", tensor.shape)
        object.member("bytes", tensor.byteCount)
        if fourBits.contains(tensor.name) { object.member("bits", 4) }
      }
    }.joined()
  }
}
