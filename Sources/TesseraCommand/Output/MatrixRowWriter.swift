import Foundation
import TesseraEmbedders
import TesseraJSON

/// All vectors as one float32 matrix [N, C], in a file that numpy or safetensors opens.
///
/// The number of rows stands in the header, at the beginning, but is known only at the end: room
/// is left for it, so that rows go to the file as they come; until then, no reader takes the file
/// for a whole one. A pipe cannot go back; what goes
/// there is gathered first. The row of an item that failed is NaN, so that row N is item N.
final class MatrixRowWriter: RowWriter {
  enum Container { case npy, safetensors }

  private let output: OutputFile
  private let dimension: Int
  private let container: Container
  private let isStreaming: Bool
  private var gathered: [UInt8] = []
  private var rowCount = 0

  /// Bytes before the first number; a multiple of 64, as both formats advise.
  private static let headerLength = 192

  init(_ output: OutputFile, dimension: Int, container: Container) {
    self.output = output
    self.dimension = dimension
    self.container = container
    isStreaming = output.isSeekable
  }

  func write(_ row: ItemRow, _ result: Result<Embedding, ItemFailure>) throws {
    let missing = [Float](repeating: .nan, count: dimension)
    let vector = (try? result.get().vector) ?? missing
    if isStreaming {
      if rowCount == 0 { try output.write([UInt8](repeating: 0, count: Self.headerLength)) }
      try output.write([UInt8](vector.littleEndianData))
    } else {
      gathered += vector.littleEndianData
    }
    rowCount += 1
  }

  func finish() throws {
    if isStreaming {
      try output.replaceBeginning(with: header)
    } else {
      try output.write(header + gathered)
    }
    try output.finish()
  }

  private var header: [UInt8] {
    switch container {
    case .npy: npyHeader
    case .safetensors: safetensorsHeader
    }
  }

  /// numpy's format, version 1.0: magic, length of the text, text padded with spaces.
  private var npyHeader: [UInt8] {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rowCount), \(dimension)), }"
    let length = Self.headerLength - 10
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length), 0]
      + Self.padded(text, to: length - 1) + [UInt8(ascii: "\n")]
  }

  private var safetensorsHeader: [UInt8] {
    let end = rowCount * dimension * MemoryLayout<Float>.stride
    let text =
      #"{"embeddings":{"dtype":"F32","shape":[\#(rowCount),\#(dimension)],"#
      + #""data_offsets":[0,\#(end)]}}"#
    let length = Self.headerLength - 8
    return [UInt8(length), 0, 0, 0, 0, 0, 0, 0] + Self.padded(text, to: length)
  }

  private static func padded(_ text: String, to length: Int) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: length - text.utf8.count)
  }
}
