import Foundation
import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// A module of sentence-transformers that maps vectors one by one, as its folder describes it.
package struct HeadModule: Sendable {
  private let name: String
  private let folder: URL
  private let kind: Kind

  private enum Kind {
    case dense(DenseConfig)
    case layerNorm(width: Field)
    case normalize
  }

  /// Which vectors a module reads, and writes again.
  enum Input: String, CaseIterable {
    case sentence = "sentence_embedding"
    case tokens = "token_embeddings"

    /// - Throws: `FieldError` for other names, and for a module that gives what it reads another.
    init(_ config: Config?, default standard: Input = .sentence) throws {
      self = try config?.choice("module_input_name", default: standard) ?? standard
      if let output = try config?.optional("module_output_name") {
        guard try output.string() == rawValue else { throw output.wrongType("\"\(rawValue)\"") }
      }
    }
  }

  /// Nil for one that changes nothing.
  ///
  /// - Parameters:
  ///   - kind: Dense, LayerNorm, Normalize or Dropout.
  ///   - name: what PyTorch calls it: its number in the chain.
  ///   - path: of its folder, for messages.
  /// - Throws: `FieldError`.
  init?(_ kind: String, name: String, path: String, _ config: Config?, folder: URL) throws {
    self.name = name
    self.folder = folder
    switch kind {
    case "Dense": self.kind = .dense(try DenseConfig(config.get("\(path)/config.json")))
    case "LayerNorm":
      self.kind = .layerNorm(width: try config.get("\(path)/config.json").required("dimension"))
    case "Normalize": self.kind = .normalize
    default: return nil
    }
  }

  /// What scales vectors to length 1.
  static let normalizing = HeadModule(
    name: "normalize", folder: URL(filePath: "/"), kind: .normalize)

  private init(name: String, folder: URL, kind: Kind) {
    (self.name, self.folder, self.kind) = (name, folder, kind)
  }

  /// Reads the weights.
  ///
  /// - Parameter width: of the vectors that come in; on return, of those that go out.
  func layer(inputs width: inout Int) throws -> HeadLayer {
    switch kind {
    case .normalize: return .normalize
    case .layerNorm(let field):
      guard try field.int(in: 1...1 << 24) == width else { throw field.mismatch(width) }
      let weights = try weights()
      // PyTorch's own ε; no key says another.
      let norm = try LayerNorm(weights["norm"], width: width, epsilon: 1e-5)
      try weights.requireAllRead()
      return .layerNorm(norm, path: name)
    case .dense(let config):
      guard config.inputs == width else { throw config.inputsField.mismatch(width) }
      let weights = try weights()
      let dense = try Dense(weights, config, path: name)
      try weights.requireAllRead()
      width = config.outputs
      return .dense(dense)
    }
  }

  /// float32 whatever the tower's arithmetic: there is one product a text.
  private func weights() throws -> Weights {
    Weights(try Checkpoint.open(folder), precision: .float32)
  }
}

extension Field {
  fileprivate func mismatch(_ width: Int) -> FieldError {
    wrongType("\(width), which is the length of the vectors that come in")
  }
}

/// A module with its weights: [B, C] → [B, C′].
enum HeadLayer: Sendable {
  case dense(Dense)
  case layerNorm(LayerNorm, path: String)
  case normalize

  var isNormalizing: Bool { if case .normalize = self { true } else { false } }

  func callAsFunction(_ x: Tensor, trace: Trace?) -> Tensor {
    switch self {
    case .dense(let dense): dense(x, trace: trace)
    case .layerNorm(let norm, let path): trace.pass(path, trace.pass("\(path).norm", norm(x)))
    case .normalize: x.normalized()
    }
  }
}
