import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// A model that scores texts, or pairs of texts: one number a label.
package protocol ClassifierModel: Sendable {
  /// The logits of each input of a batch, [labels].
  ///
  /// - Precondition: ids are below the vocabulary's size and no longer than the maximum.
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  func callAsFunction(_ inputs: [ModelInput], trace: Trace?) throws -> [Tensor]
}

/// A tower with a head that reads one vector a text: `…ForSequenceClassification`.
struct Classifier<Tower: TextTower>: ClassifierModel {
  let tower: Tower
  /// What the head reads of the tokens' vectors.
  let pooling: Pooling
  let head: ClassificationHead

  init(_ tower: Tower, pooling: Pooling = .cls, _ head: ClassificationHead) {
    self.tower = tower
    self.pooling = pooling
    self.head = head
  }

  func callAsFunction(_ inputs: [ModelInput], trace: Trace?) throws -> [Tensor] {
    let logits = head(try tower.pooled(inputs, by: pooling, trace: trace), trace: trace)
    return inputs.indices.map { logits.row($0) }
  }
}

/// A linear layer with its activation, perhaps a norm, and one number a label: [B, C] → [B, labels].
///
/// Computed in float32 whatever the tower's arithmetic: there is one row a text.
struct ClassificationHead: Sendable {
  private let dense: Linear
  private let activation: TorchActivation
  private let norm: LayerNorm?
  private let normNames: [String]
  private let output: Linear
  private let activatedNames: [String]
  private let outputNames: [String]

  /// - Parameters:
  ///   - dense: the first layer's scope.
  ///   - activatedNames: the stages behind its activation, as PyTorch's modules are called.
  ///   - norm: behind the activation.
  ///   - normNames: further names of its stage.
  ///   - output: the last layer's scope.
  ///   - outputNames: further names of the last stage.
  /// - Throws: `WeightsError`.
  init(
    dense: Weights, hasBias: Bool = true, _ activation: TorchActivation,
    activatedNames: [String] = [], norm: LayerNorm? = nil, normNames: [String] = [],
    output: Weights, outputNames: [String] = [], width: Int, labels: Int
  ) throws {
    self.dense = try Linear(
      dense, inputs: width, outputs: width, hasBias: hasBias, precision: .float32)
    self.output = try Linear(output, inputs: width, outputs: labels, precision: .float32)
    self.activation = activation
    self.norm = norm
    self.normNames = normNames
    self.activatedNames = activatedNames
    self.outputNames = outputNames
  }

  /// RoBERTa's: two layers of their own, which stand below one scope.
  init(
    below head: Weights, _ activation: TorchActivation, width: Int, labels: Int
  ) throws {
    try self.init(
      dense: head["dense"], activation, output: head["out_proj"], outputNames: [head.path],
      width: width, labels: labels)
  }

  /// BERT's: the pooler that pre-training leaves, and one layer.
  init(pooler: Weights, output: Weights, width: Int, labels: Int) throws {
    try self.init(
      dense: pooler["dense"], .tanh, activatedNames: ["\(pooler.path).activation", pooler.path],
      output: output, width: width, labels: labels)
  }

  func callAsFunction(_ x: Tensor, trace: Trace?) -> Tensor {
    var x = activation(trace.pass(dense.path, dense(x)))
    for name in activatedNames { x = trace.pass(name, x) }
    if let norm { x = normNames.reduce(trace.pass(norm.path, norm(x))) { trace.pass($1, $0) } }
    x = trace.pass(output.path, output(x))
    for name in outputNames { x = trace.pass(name, x) }
    return x
  }
}
