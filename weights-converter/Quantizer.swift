import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraModels
import TesseraTensors

/// Which tensors of a model are quantized, and how.
struct Quantizer {
  private let quantization: Quantization
  /// Those of four bits.
  private let fourBits: [NamePattern]

  /// Bytes alone.
  static let int8 = Quantizer(quantization: .int8, fourBits: [])

  private init(quantization: Quantization, fourBits: [NamePattern]) {
    self.quantization = quantization
    self.fourBits = fourBits
  }

  /// - Throws: `ConversionError` for a model that is not computed so.
  init(_ quantization: Quantization, of folder: String) throws {
    switch quantization {
    case .int8: self = .int8
    case .int4:
      let files = try ModelFiles(folder: URL(filePath: folder))
      guard let names = try Families.fourBitWeights(of: files) else {
        throw ConversionError.notForChats(folder)
      }
      self.init(quantization: .int4, fourBits: names)
    }
  }

  /// What the file says of itself: for people, and for readers of weights of four bits.
  var metadata: [String: String] {
    let bytes = "a weight is its byte times the X.weight_scale of its output and group of inputs"
    switch quantization {
    case .int8: return ["quantization": "int8: \(bytes)"]
    case .int4:
      let note =
        "int4: a weight of U8 is (q - 8) times the X.weight_scale of its output and 32 inputs, q from"
        + " 0 to 15; of I8, \(bytes)"
      return FourBitLayout.metadata.merging(["quantization": note]) { $1 }
    }
  }

  /// Whether tensors with these parts are what was asked for.
  func isDone(by parts: [Part]) -> Bool {
    switch quantization {
    case .int8: parts.contains(.bytes)
    case .int4: parts.contains(.fourBits)
    }
  }

  /// The tensors that a tensor becomes: itself, or quantized numbers and their scales.
  /// - Throws: `ConversionError` for weights that cannot be quantized.
  func parts(of tensor: TensorInfo, file: String) throws -> [Part] {
    let hasFourBits = fourBits.contains { $0.matches(tensor.name) }
    guard hasFourBits || Families.isQuantized(tensor.name) else { return [.whole] }
    guard tensor.dtype != .i8, tensor.dtype != .u8 else {
      throw ConversionError.alreadyQuantized(
        file: file, tensor: tensor.name, found: tensor.dtype.rawValue)
    }
    guard tensor.dtype.isFloatingPoint else {
      throw ConversionError.notFloatingPoint(
        file: file, tensor: tensor.name, found: tensor.dtype.rawValue)
    }
    guard tensor.shape.count == 2, tensor.byteCount > 0 else {
      throw ConversionError.sizes(
        file: file, tensor: tensor.name, expected: "a matrix", found: tensor.shape)
    }
    return hasFourBits ? [.fourBits, .fourBitScales] : [.bytes, .scales]
  }

  /// What of a source's tensor a tensor of the output is.
  enum Part {
    case whole, bytes, scales, fourBits, fourBitScales

    /// Name, dtype and shape in the output.
    func info(of tensor: TensorInfo, prefix: String) -> TensorInfo? {
      let (name, shape) = (prefix + tensor.name, tensor.shape)
      let scale = QuantizedNames.scale(of: name)
      switch self {
      case .whole: return TensorInfo(name: name, dtype: tensor.dtype, shape: shape)
      case .bytes: return TensorInfo(name: name, dtype: .i8, shape: shape)
      case .scales:
        return TensorInfo(name: scale, dtype: .f32, shape: StoredMatrix.scaleShape(of: shape))
      case .fourBits:
        return TensorInfo(name: name, dtype: .u8, shape: StoredMatrix.fourBitShape(of: shape))
      case .fourBitScales:
        return TensorInfo(
          name: scale, dtype: .bf16, shape: StoredMatrix.fourBitScaleShape(of: shape))
      }
    }

    /// Numbers and scales stand far apart in the file. Making both twice takes less than keeping one.
    ///
    /// - Throws: `ConversionError.notFinite`.
    func elements(of tensor: StoredTensor, named name: String, file: String) throws -> StoredTensor
    {
      let matrix: StoredMatrix
      let scales: StoredTensor?
      switch self {
      case .whole: return tensor
      case .bytes, .scales:
        matrix = StoredMatrix(tensor).quantized()
        scales = matrix.scales?.stored
      case .fourBits, .fourBitScales:
        matrix = StoredMatrix(tensor).quantizedToFourBits()
        scales = matrix.fourBitScales
      }
      guard let scales, scales.widened().elements.allSatisfy(\.isFinite) else {
        throw ConversionError.notFinite(file: file, tensor: name)
      }
      return self == .scales || self == .fourBitScales ? scales : matrix.tensor
    }
  }
}
