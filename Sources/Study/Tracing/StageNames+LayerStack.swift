import TesseraModels

extension ModelFamily {
  var stages: StageNames { Self.stages }
}

extension StageNames {
  /// The stage that holds a layer's attention, or all layers' if none is named; `*` stands for any
  /// characters.
  func attention(of stack: LayerStack, layer: Int? = nil) -> String {
    let pattern =
      switch stack {
      case .encoder: attention
      // No stage has an empty name.
      case .imageTower: towerAttention ?? ""
      }
    return pattern.replacing("#", with: layer.map(String.init) ?? "*")
  }

  /// Whether a stage belongs to a stack.
  func isStage(_ name: String, of stack: LayerStack) -> Bool {
    let isOfTower = towerPrefix.map(name.hasPrefix) ?? false
    return isOfTower == (stack == .imageTower)
  }

  /// "in" for what the first layer reads, the number of a layer for its output; nil for the rest.
  func label(ofOutput name: String) -> String? {
    if let layer = name.split(separator: ".").last.flatMap({ Int($0) }) { return "\(layer)" }
    return inputs.contains(name) ? "in" : nil
  }
}
