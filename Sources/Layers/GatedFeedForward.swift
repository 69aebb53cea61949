import TesseraCheckpoints
import TesseraTensors

/// down(activation(gate x) · up x): [T, C] → [T, C]. Shazeer, "GLU Variants Improve Transformer".
package struct GatedFeedForward: FeedForwardBlock {
  private let path: String
  private let gateAndUp: Linear
  /// The stages of both projections.
  private let projections: Projections
  private let activation: Activation
  private let activatedPath: String?
  package let down: Linear
  private let hidden: Int

  /// The modules that the reference has for the projections.
  private enum Projections {
    case apart(gate: String, up: String)
    /// One, whose output holds both.
    case together(String, gateIsFirst: Bool)
  }

  /// - Parameters:
  ///   - path: the module as a whole, whose output is that of `down`.
  ///   - activatedName: the module of the activation, where the reference has one.
  package init(
    path: String, gate: Linear, up: Linear, down: Linear, activation: Activation,
    activatedName: String? = nil
  ) {
    self.init(
      path: path, gate: gate, up: up, .apart(gate: gate.path, up: up.path), down: down,
      activation: activation, activatedName: activatedName)
  }

  /// - Parameters:
  ///   - both: one matrix that holds both projections.
  ///   - gateIsFirst: whether its first half is the gate, which is activated.
  package init(
    path: String, both: Weights, inputs: Int, hidden: Int, gateIsFirst: Bool, hasBias: Bool,
    down: Linear, activation: Activation, activatedName: String? = nil
  ) throws {
    let halves = try Linear.unstacking(
      both, inputs: inputs, outputs: [hidden, hidden], hasBias: hasBias)
    self.init(
      path: path, gate: halves[gateIsFirst ? 0 : 1], up: halves[gateIsFirst ? 1 : 0],
      .together(both.path, gateIsFirst: gateIsFirst), down: down, activation: activation,
      activatedName: activatedName)
  }

  private init(
    path: String, gate: Linear, up: Linear, _ projections: Projections, down: Linear,
    activation: Activation, activatedName: String?
  ) {
    self.path = path
    gateAndUp = Linear(stacking: [gate, up], path: path)
    self.projections = projections
    self.down = down
    self.activation = activation
    activatedPath = activatedName.map { "\(path).\($0)" }
    hidden = gate.outputs
  }

  /// Whether the weights are packed in memory.
  package var isResident: Bool { gateAndUp.isResident && down.isResident }

  /// - Parameter residual: added last; a trace sees what it is added to.
  package func callAsFunction(
    _ x: Tensor, adding residual: Tensor? = nil, trace: Trace?
  ) -> Tensor {
    if trace.mayJoinOperations, gateAndUp.isResident,
      let gated = gateAndUp.gated(x, by: activation)
    {
      return down(gated, adding: residual)
    }
    let both = gateAndUp(x)  // [T, 2·hidden]
    let gated = Profile.measure(.gate, path, .moving(floats: x.rowCount * 3 * hidden)) {
      trace.map { self.gated(both, $0) } ?? both.gated(by: activation)
    }  // [T, hidden]
    return down(gated, adding: residual, trace: trace, as: [down.path, path])  // [T, C]
  }

  /// The same bits, each stage shown.
  private func gated(_ both: Tensor, _ trace: Trace) -> Tensor {
    var (gate, up) = (both.columns(0..<hidden), both.columns(hidden..<2 * hidden))
    switch projections {
    case .apart(let gateName, let upName):
      gate = trace.pass(gateName, gate)
      up = trace.pass(upName, up)
    case .together(let name, let gateIsFirst):
      let stage = trace.pass(name, .sideBySide(gateIsFirst ? [gate, up] : [up, gate]))
      let halves = (stage.columns(0..<hidden), stage.columns(hidden..<2 * hidden))
      (gate, up) = gateIsFirst ? halves : (halves.1, halves.0)
    }
    gate = gate.activated(activation)
    return (activatedPath.map { trace.pass($0, gate) } ?? gate) * up
  }
}
