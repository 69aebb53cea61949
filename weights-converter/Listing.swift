import TesseraCheckpoints
import TesseraFiles
import TesseraJSON

/// The tensors of a checkpoint as text.
struct Listing {
  let tensors: [TensorInfo]

  /// Aligned columns, and the totals on the last line.
  var table: String {
    let rows = tensors.map { [$0.name.printable(), $0.dtype.rawValue, "\($0.shape)"] }
    let nameWidth = rows.map { $0[0].unicodeScalars.count }.max() ?? 0
    var text = ""
    for row in rows {
      text += row[0] + String(repeating: " ", count: nameWidth - row[0].unicodeScalars.count)
      text += "  " + row[1] + String(repeating: " ", count: 4 - row[1].count)
      text += "  " + row[2] + "\n"
    }
    let parameters = tensors.reduce(0) { $0 + $1.elementCount }
    let bytes = tensors.reduce(0) { $0 + $1.byteCount }
    return text + "\(tensors.count) tensors, \(parameters) parameters, \(bytes) bytes\n"
  }

  /// One JSON object a line, without totals.
  var jsonLines: String {
    tensors.map { tensor in
      JSONWriter.line { object in
        object.member("name", tensor.name)
        object.member("dtype", tensor.dtype.rawValue)
        object.member("shape", tensor.shape)
        object.member("bytes", tensor.byteCount)
      }
    }.joined()
  }
}
