import Synchronization
import TesseraFiles
import TesseraTensors

/// A scope of a checkpoint that knows its path, so that a model's types descend as the names do.
///
/// ```swift
/// let attention = weights["layer"][0]["attention"]["self"]
/// let query = try attention.tensor("query.weight", shape: [hidden, hidden])
/// ```
///
/// All scopes of one checkpoint share a log of what was asked for; after a model is built,
/// `requireAllRead` turns a tensor that nobody wanted into an error.
package struct Weights: Sendable {
  /// Such as `bge_encoder.layer.0.attention`; empty at the root.
  package let path: String
  /// The arithmetic of the linear layers that are made of them.
  package let precision: Arithmetic
  private let checkpoint: Checkpoint
  private let resolution: NameResolution
  private let log: ReadLog

  /// Stored names.
  private final class ReadLog: Sendable {
    let names = Mutex<Set<String>>([])
    let hasUsedPrefix = Mutex(false)
  }

  package init(_ checkpoint: Checkpoint, precision: Arithmetic = .float32) {
    self.init(
      path: "", precision: precision, checkpoint: checkpoint,
      resolution: NameResolution(checkpoint), log: ReadLog())
  }

  private init(
    path: String, precision: Arithmetic, checkpoint: Checkpoint, resolution: NameResolution,
    log: ReadLog
  ) {
    self.path = path
    self.precision = precision
    self.checkpoint = checkpoint
    self.resolution = resolution
    self.log = log
  }

  /// The scope below this one.
  package subscript(_ component: String) -> Weights {
    Weights(
      path: fullName(component), precision: precision, checkpoint: checkpoint,
      resolution: resolution, log: log)
  }

  /// The same scope for layers that write nothing: weights of four bits are for decoders alone, beside
  /// which all else has bytes.
  package var ofEncoder: Weights {
    Weights(
      path: path, precision: precision == .int4 ? .int8 : precision, checkpoint: checkpoint,
      resolution: resolution, log: log)
  }

  package subscript(_ index: Int) -> Weights { self[String(index)] }

  /// A tensor of floating-point numbers in exactly this shape.
  /// - Throws: `WeightsError`.
  package func tensor(_ name: String, shape: [Int]) throws -> StoredTensor {
    let name = fullName(name)
    try checkShape(name, shape)
    let dtype = try info(name).dtype
    guard dtype.isFloatingPoint else {
      throw WeightsError.dtype(file: file(of: name), name: name, found: dtype)
    }
    return try read(name)
  }

  /// The weights of a linear layer: floating-point numbers, or, where they are wanted in int8 or int4,
  /// bytes or four bits, whose scales stand beside them.
  ///
  /// - Parameter precision: the layer's arithmetic; that of the scope by default.
  /// - Throws: `WeightsError`.
  package func matrix(
    _ name: String, outputs: Int, inputs: Int, precision: Arithmetic? = nil
  ) throws -> StoredMatrix {
    let shape = [outputs, inputs]
    let full = fullName(name)
    switch (precision ?? self.precision, try info(full).dtype) {
    case (.int8, .i8):
      try checkShape(full, shape)
      return StoredMatrix(
        try read(full), scales: try scales(QuantizedNames.scale(of: name), of: shape))
    case (.int4, .u8):
      return try fourBitMatrix(name, shape)
    default: return StoredMatrix(try tensor(name, shape: shape))
    }
  }

  private func scales(_ name: String, of shape: [Int]) throws -> Tensor {
    let scales = try tensor(name, shape: StoredMatrix.scaleShape(of: shape)).widened()
    let damaged = scales.withElements { $0.first { !($0 >= 0 && $0 < .infinity) } }
    if let damaged {
      let name = fullName(name)
      throw WeightsError.scale(file: file(of: name), name: name, found: damaged)
    }
    return scales
  }

  /// A tensor of any shape and dtype.
  /// - Throws: `WeightsError.missing`.
  package func tensor(_ name: String) throws -> StoredTensor {
    try read(fullName(name))
  }

  /// Whether any tensor's name begins with this scope's path.
  package var hasNames: Bool { resolution.hasNames(under: path) }

  package func contains(_ name: String) -> Bool {
    resolution.storedName(fullName(name)) != nil
  }

  /// What stands before every name of the checkpoint and is no part of the model's; nil for nothing.
  ///
  /// Known once the model is built, for which the prefix may be its own.
  package var removedPrefix: String? {
    log.hasUsedPrefix.withLock { $0 } ? resolution.prefix : nil
  }

  /// The names under this scope that nobody has asked for, as they are stored, in the checkpoint's
  /// order.
  package func unreadNames() -> [String] {
    let prefix = path.isEmpty ? "" : path + "."
    return log.names.withLock { read in
      checkpoint.names.filter { name in
        (name.hasPrefix(prefix) || resolution.withoutPrefix(name).hasPrefix(prefix))
          && !read.contains(name)
      }
    }
  }

  /// Refuses names under this scope that nobody has asked for.
  ///
  /// - Parameter patterns: names that may be left unread; `*` stands for any characters.
  /// - Throws: `WeightsError.unread`.
  package func requireAllRead(ignoring patterns: [String] = []) throws {
    let patterns = patterns.map(NamePattern.init)
    let unread = unreadNames().filter { name in
      !patterns.contains { $0.matches(name) || $0.matches(resolution.withoutPrefix(name)) }
    }
    guard unread.isEmpty else {
      throw WeightsError.unread(file: checkpoint.path, names: unread)
    }
  }

  func fullName(_ name: String) -> String { path.isEmpty ? name : path + "." + name }

  func file(of name: String) -> String {
    resolution.storedName(name).flatMap { checkpoint.file(of: $0)?.path } ?? checkpoint.path
  }

  /// `__metadata__` of the file that holds a tensor.
  func metadata(of name: String) -> [String: String] {
    resolution.storedName(name).flatMap { checkpoint.file(of: $0)?.metadata } ?? [:]
  }

  func checkShape(_ name: String, _ shape: [Int]) throws {
    let found = try info(name).shape
    guard found == shape else {
      throw WeightsError.shape(file: file(of: name), name: name, expected: shape, found: found)
    }
  }

  func info(_ name: String) throws -> TensorInfo {
    guard let stored = resolution.storedName(name), let info = checkpoint.info(stored) else {
      throw missing(name)
    }
    return info
  }

  func read(_ name: String) throws -> StoredTensor {
    guard let stored = resolution.storedName(name), let tensor = checkpoint[stored] else {
      throw missing(name)
    }
    _ = log.names.withLock { $0.insert(stored) }
    if resolution.hasPrefixed(stored, name) { log.hasUsedPrefix.withLock { $0 = true } }
    return tensor
  }

  private func missing(_ name: String) -> WeightsError {
    checkpoint.aliases[name].map {
      .aliasMissing(file: checkpoint.path, name: name, storedAs: $0)
    } ?? .missing(file: checkpoint.path, name: name)
  }
}
