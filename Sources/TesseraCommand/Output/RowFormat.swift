import ArgumentParser
import TesseraEmbedders

/// How rows are written.
enum RowFormat: String, ExpressibleByArgument, CaseIterable {
  case jsonl, json, npy, safetensors, base64

  var holdsOnlyDense: Bool { self == .npy || self == .safetensors }
  var isALineARow: Bool { self == .jsonl || self == .base64 }

  /// What writes rows in this format; `tokenName` spells an id of lexical weights, if it is not nil.
  func writer(
    to output: OutputFile, dimension: Int, tokenName: ((Int) -> String?)?
  ) -> any RowWriter {
    switch self {
    case .jsonl:
      JSONRowWriter(output, style: .lines, encoding: .numbers, tokenName: tokenName)
    case .json:
      JSONRowWriter(output, style: .array, encoding: .numbers, tokenName: tokenName)
    case .base64:
      JSONRowWriter(output, style: .lines, encoding: .base64, tokenName: tokenName)
    case .npy: MatrixRowWriter(output, dimension: dimension, container: .npy)
    case .safetensors: MatrixRowWriter(output, dimension: dimension, container: .safetensors)
    }
  }
}

/// Takes rows one after another.
protocol RowWriter: AnyObject {
  func write(_ row: ItemRow, _ result: Result<Embedding, ItemFailure>) throws
  /// Ends the output; nothing may be written afterwards.
  func finish() throws
}
