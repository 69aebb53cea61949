import TesseraCheckpoints
import TesseraModels
import TesseraTensors

/// What `--quantize` makes of weights, the same bytes and scales that the engine makes of them when
/// it loads them for int8.
enum Quantization: String, CaseIterable {
  case int8

  /// What the file says of itself, for people.
  var note: String {
    "\(rawValue): a weight is its byte times the X.weight_scale of its output and group of inputs"
  }

  /// The tensors that a tensor becomes: itself, or bytes and their scales.
  /// - Throws: `ConversionError` for weights that cannot be quantized.
  func parts(of tensor: TensorInfo, file: String) throws -> [Part] {
    guard Families.isQuantized(tensor.name) else { return [.whole] }
    guard tensor.dtype != .i8 else {
      throw ConversionError.alreadyQuantized(file: file, tensor: tensor.name)
    }
    guard tensor.dtype.isFloatingPoint else {
      throw ConversionError.notFloatingPoint(
        file: file, tensor: tensor.name, found: tensor.dtype.rawValue)
    }
    guard tensor.shape.count == 2, tensor.byteCount > 0 else {
      throw ConversionError.sizes(
        file: file, tensor: tensor.name, expected: "a matrix", found: tensor.shape)
    }
    return [.bytes, .scales]
  }

  /// What of a source's tensor a tensor of the output is.
  enum Part {
    case whole, bytes, scales

    /// Name, dtype and shape in the output.
    func info(of tensor: TensorInfo, prefix: String) -> TensorInfo? {
      let name = prefix + tensor.name
      switch self {
      case .whole: return TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)
      case .bytes: return TensorInfo(name: name, dtype: .i8, shape: tensor.shape)
      case .scales:
        return TensorInfo(
          name: QuantizedNames.scale(of: name), dtype: .f32,
          shape: StoredMatrix.scaleShape(of: tensor.shape))
      }
    }

    /// Bytes and scales stand far apart in the file. Making both twice takes less than keeping one.
    ///
    /// - Throws: `ConversionError.notFinite`.
    func elements(of tensor: StoredTensor, named name: String, file: String) throws -> StoredTensor
    {
      if case .whole = self { return tensor }
      let quantized = StoredMatrix(tensor).quantized()
      guard let scales = quantized.scales, scales.elements.allSatisfy(\.isFinite) else {
        throw ConversionError.notFinite(file: file, tensor: name)
      }
      if case .scales = self { return scales.stored }
      return quantized.tensor
    }
  }
}
