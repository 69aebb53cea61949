import TesseraCheckpoints
import TesseraTensors

/// x·Wᵀ + b: [T, inputs] → [T, outputs]. PyTorch's `nn.Linear`.
package struct Linear: Sendable {
  package let path: String
  private let weights: LinearWeights
  /// [outputs]
  package let bias: Tensor?
  /// The modules that it stands for, if it is several stacked.
  private let parts: [(module: String, outputs: Int)]
  /// What a task adds; nil for nothing.
  private let adapter: LowRankAdapter?

  private init(
    path: String, weights: LinearWeights, bias: Tensor?,
    parts: [(module: String, outputs: Int)] = [], adapter: LowRankAdapter? = nil
  ) {
    self.path = path
    self.weights = weights
    self.bias = bias
    self.parts = parts
    self.adapter = adapter
  }

  /// The same layer with what a task adds; both share the weights.
  package func adapted(by adapter: LowRankAdapter?) -> Linear {
    Linear(path: path, weights: weights, bias: bias, parts: parts, adapter: adapter)
  }

  /// - Parameter weight: [outputs, inputs]; in float32, it keeps the 16 bits of F16 and BF16.
  package init(
    path: String, weight: StoredMatrix, precision: Arithmetic = .float32, bias: Tensor?
  ) {
    self.init(path: path, weights: LinearWeights(weight, precision: precision), bias: bias)
  }

  /// - Parameter precision: that of the weights' scope by default.
  package init(
    _ weights: Weights, inputs: Int, outputs: Int, hasBias: Bool = true,
    precision: Arithmetic? = nil
  ) throws {
    let precision = precision ?? weights.precision
    self.init(
      path: weights.path,
      weight: try weights.matrix(
        "weight", outputs: outputs, inputs: inputs, precision: precision),
      precision: precision,
      bias: hasBias ? try weights.tensor("bias", shape: [outputs]).widened() : nil)
  }

  /// The layers that a checkpoint holds stacked in one matrix, such as `Wqkv`, from the first row on.
  ///
  /// Each is packed by itself, and all have the path of the whole.
  package static func unstacking(
    _ weights: Weights, inputs: Int, outputs: [Int], hasBias: Bool = true
  ) throws -> [Linear] {
    let all = outputs.reduce(0, +)
    let matrix = try weights.matrix("weight", outputs: all, inputs: inputs)
    let bias = hasBias ? try weights.tensor("bias", shape: [all]).widened() : nil
    var start = 0
    return outputs.map { count in
      let rows = start..<start + count
      start += count
      return Linear(
        path: weights.path, weight: matrix.rows(rows), precision: weights.precision,
        bias: bias?.rows(rows))
    }
  }

  /// The projections of PyTorch's `nn.MultiheadAttention`, which has one matrix for all three; they are
  /// named as if each were a module.
  package static func attentionInputs(
    _ weights: Weights, width: Int, precision: Arithmetic? = nil
  ) throws -> (query: Linear, key: Linear, value: Linear) {
    let precision = precision ?? weights.precision
    let matrix = try weights.matrix(
      "in_proj_weight", outputs: 3 * width, inputs: width, precision: precision)
    let bias = try weights.tensor("in_proj_bias", shape: [3 * width]).widened()
    func part(_ name: String, _ index: Int) -> Linear {
      let rows = index * width..<(index + 1) * width
      return Linear(
        path: weights[name].path, weight: matrix.rows(rows), precision: precision,
        bias: bias.rows(rows))
    }
    return (part("query", 0), part("key", 1), part("value", 2))
  }

  /// A matrix that stands as [inputs, outputs], without bias, computed in float32.
  package init(transposed name: String, of weights: Weights, inputs: Int, outputs: Int) throws {
    let matrix = try weights.tensor(name, shape: [inputs, outputs]).widened()
    let values = matrix.elements
    let turned = (0..<outputs).flatMap { output in
      (0..<inputs).map { values[$0 * outputs + output] }
    }
    self.init(
      path: weights[name].path,
      weight: StoredMatrix(StoredTensor(turned, shape: [outputs, inputs])), bias: nil)
  }

  /// One product in place of several of the same input: outputs stand side by side.
  ///
  /// A part without bias gets zeros.
  package init(stacking parts: [Linear], path: String) {
    let hasBias = parts.contains { $0.bias != nil }
    self.init(
      path: path,
      weights: LinearWeights(stacking: parts.map(\.weights)),
      bias: hasBias
        ? .concatenating(parts.map { $0.bias ?? Tensor(zeros: [$0.outputs]) })
        : nil,
      parts: parts.map { ($0.path, $0.outputs) },
      adapter: parts.contains { $0.adapter != nil }
        ? LowRankAdapter(stacking: parts.map { ($0.adapter, $0.outputs) }) : nil)
  }

  package var inputs: Int { weights.inputs }
  package var outputs: Int { weights.outputs }
  /// Whether the weights are packed in memory, and may be read many times in a pass by products that
  /// are joined; with an adapter there are none such.
  package var isResident: Bool { adapter == nil && weights.areResident }

  private func work(rows: Int) -> Profile.Work {
    var work = Profile.Work.moving(floats: rows * (weights.inputs + outputs))
    work.operations = 2 * Double(rows) * Double(weights.inputs) * Double(outputs)
    work.bytes += Double(weights.byteCount)
    work.parts = parts
    return work
  }

  /// The product, then an activation, then a residual added.
  package func callAsFunction(
    _ x: Tensor, activation: Activation? = nil, adding residual: Tensor? = nil
  ) -> Tensor {
    Profile.measure(.product, path, work(rows: x.rowCount)) {
      guard let adapter else {
        return x.linear(weights, bias: bias, activation: activation, adding: residual)
      }
      let product = x.linear(weights, bias: bias, adding: adapter(x))
      let activated = activation.map { product.activated($0) } ?? product
      return residual.map { $0 + activated } ?? activated
    }
  }

  /// The product, then a residual added; a trace sees what is added to the residual.
  ///
  /// - Parameter names: the stages that this is in the reference, from the innermost module out.
  package func callAsFunction(
    _ x: Tensor, adding residual: Tensor? = nil, trace: Trace?,
    as names: @autoclosure () -> [String]
  ) -> Tensor {
    guard let trace else { return self(x, adding: residual) }
    let product = names().reduce(self(x)) { trace.pass($1, $0) }
    return residual.map { $0 + product } ?? product
  }

  /// Self-attention, where the layer is q, k and v stacked. See `Tensor.projectedAttention`.
  func attention(
    _ x: Tensor, norms: HeadNorms?, rotary: RotaryTables?, _ shape: AttentionShape,
    in sequences: PackedSequences, keeping rows: [Int]?
  ) -> Tensor? {
    x.projectedAttention(
      weights, bias: bias, norms: norms, rotary: rotary, shape, in: sequences, keeping: rows)
  }

  /// `down` of the activated output. See `Tensor.feedForward`.
  func feedForward(
    _ x: Tensor, _ activation: Activation, _ down: Linear, adding residual: Tensor?
  ) -> Tensor? {
    x.feedForward(
      weights, bias: bias, activation, down.weights, bias: down.bias, adding: residual)
  }

  /// activation(gate)·up, where the layer is both stacked. See `Tensor.gated`.
  func gated(_ x: Tensor, by activation: Activation = .silu) -> Tensor? {
    x.gated(weights, bias: bias, by: activation)
  }

  /// x·Wᵀ: what the layer adds to its bias.
  package func withoutBias(_ x: Tensor) -> Tensor { x.linear(weights, adding: adapter?(x)) }
}
