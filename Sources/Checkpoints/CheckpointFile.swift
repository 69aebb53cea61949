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
    try Self.refuseText(path)
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

  /// The texts of `__metadata__`, among them names that are other tensors' too.
  package var metadata: [String: String] {
    switch self {
    case .safetensors(let file): file.metadata
    case .pyTorch: [:]
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

  /// What downloads leave in place of weights is named for what it is.
  private static func refuseText(_ path: String) throws {
    let storage = try MappedFile(path)
    let head = withExtendedLifetime(storage) {
      String(decoding: storage.bytes.prefix(512), as: UTF8.self)
    }
    if head.hasPrefix("version https://git-lfs") { throw CheckpointError.gitLFSPointer(file: path) }
    let start = head.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(9).lowercased()
    if start == "<!doctype" || start.hasPrefix("<html") || start.hasPrefix("<?xml") {
      throw CheckpointError.webPage(file: path)
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
