import TesseraFiles
import TesseraTensors

/// One file of tensors, of either format.
package enum CheckpointFile: Sendable {
  case safetensors(SafetensorsFile)
  case pyTorch(PyTorchFile)

  /// Opens a file by its content; only the ending `.safetensors` is believed, so that a damaged
  /// file of that name is described as such.
  /// - Throws: `FileError`, `SafetensorsError`, `PyTorchError` or `CheckpointError`.
  package init(path: String) throws {
    if try path.hasSuffix(".safetensors") || Self.looksLikeSafetensors(path) {
      self = .safetensors(try SafetensorsFile(path: path))
    } else {
      self = .pyTorch(try PyTorchFile(path: path))
    }
  }

  package var path: String {
    switch self {
    case .safetensors(let file): file.path
    case .pyTorch(let file): file.path
    }
  }

  package var tensors: [TensorInfo] {
    switch self {
    case .safetensors(let file): file.tensors
    case .pyTorch(let file): file.tensors
    }
  }

  package func info(_ name: String) -> TensorInfo? {
    switch self {
    case .safetensors(let file): file.info(name)
    case .pyTorch(let file): file.info(name)
    }
  }

  package subscript(name: String) -> StoredTensor? {
    switch self {
    case .safetensors(let file): file[name]
    case .pyTorch(let file): file[name]
    }
  }

  /// A plausible header length with an object behind it; neither a zip archive nor a pickle of
  /// `torch.save` begins so.
  private static func looksLikeSafetensors(_ path: String) throws -> Bool {
    let storage = try MappedFile(path)
    return withExtendedLifetime(storage) {
      guard let length = storage.bytes.littleEndian(at: 0, as: UInt64.self) else { return false }
      return length <= SafetensorsFile.maximumHeaderLength && storage.bytes.holds("{", at: 8)
    }
  }
}
