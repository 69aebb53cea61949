import TesseraCheckpoints
import TesseraModels

/// The model of a folder, built of its weights, every one of which has found its place.
struct LoadedModel<Model: Sendable>: Sendable {
  let model: Model
  let precision: Precision
  /// What a user should know of how the weights were read.
  let notes: [String]
  /// What the checkpoint holds, in its order, and whether the model reads it.
  let tensors: [(info: TensorInfo, isRead: Bool)]

  /// - Parameters:
  ///   - precision: nil for that of the folder.
  ///   - chats: whether the model is one that answers in conversations.
  ///   - unused: names of tensors that serve other purposes, `*` for any characters.
  ///   - build: makes the model of its weights.
  /// - Throws: `EmbedderError.precisionNotSupported`, or an error that names the file.
  init(
    _ folder: ModelFiles, precision: Precision?, chats: Bool = false, ignoring unused: [String],
    build: (Weights) throws -> Model
  ) throws {
    let checkpoint = try folder.checkpoint.get()
    let stored = checkpoint.quantization
    let precision = precision ?? stored ?? .float32
    let weights = Weights(
      checkpoint, precision: try precision.checked(stored: stored, chats: chats))
    model = try build(weights)
    try weights.requireAllRead(ignoring: unused)
    self.precision = precision
    notes =
      weights.removedPrefix.map { ["the weights' names are read without their prefix \($0)"] } ?? []
    let unread = Set(weights.unreadNames())
    tensors = checkpoint.tensors.map { ($0, !unread.contains($0.name)) }
  }
}

extension Checkpoint {
  /// What the weights of linear layers were quantized to; nil for floating-point numbers.
  fileprivate var quantization: Precision? {
    if hasFourBitWeights { return .int4 }
    let hasBytes = names.contains { info($0)?.dtype == .i8 && Families.isQuantized($0) }
    return hasBytes ? .int8 : nil
  }
}
