import TesseraCheckpoints
import TesseraEmbedders
import TesseraLayers
import TesseraModels
import TesseraTensors

/// A model as a tree of modules: PyTorch's `named_modules`, with what each costs.
public struct ModuleTree: Sendable, Equatable {
  /// The last component of the path: `query`, `3`, or `0…11` of equal neighbours; empty at the root.
  public let name: String
  /// Equal modules that stand here as one.
  public let count: Int
  /// The module's own tensors; of the first module where several are equal.
  public let parameters: [Parameter]
  /// The modules below; of the first module where several are equal.
  public let children: [ModuleTree]
  /// Numbers in all tensors of this module and those below, in all equal ones together; without
  /// buffers.
  public let parameterCount: Int
  /// Floating-point operations of this module and those below, in all equal ones together: of
  /// products, a multiplication and an addition apart.
  public let operations: Double

  /// A tensor of the checkpoint.
  public struct Parameter: Sendable, Equatable {
    /// The last component of its name.
    public let name: String
    /// Lengths of its dimensions.
    public let shape: [Int]
    /// As safetensors spells it: `F16`.
    public let dtype: String
    /// Whether the vectors depend on it.
    public let isRead: Bool
    /// Whether it is computed rather than learned: rotary angles, lists of positions.
    public let isBuffer: Bool
  }
}

extension Embedder {
  /// What `modules` counts operations for.
  public struct TreeInput: Sendable, Equatable, CustomStringConvertible {
    /// Tokens of the text, special ones included; 0 for none.
    public let textTokens: Int
    /// Whether there is a picture.
    public let hasImage: Bool

    /// In words.
    public var description: String {
      [hasImage ? "an image" : nil, textTokens > 0 ? "a text of \(textTokens) tokens" : nil]
        .compactMap { $0 }.joined(separator: " and ")
    }
  }

  /// The model's modules, with the operations that an item takes, counted by running it; where none
  /// is given, a text of 128 tokens, or as many as the model reads, and an image if it reads any.
  ///
  /// - Throws: `EmbedderError`, for an item that the model cannot take.
  public func modules(for item: Item? = nil) throws -> (tree: ModuleTree, input: TreeInput) {
    let inputs = try item.map { [try reader.input(of: $0).input] } ?? typicalInputs
    let profile = Profile()
    try Profile.$current.withValue(profile) {
      for input in inputs { _ = try model([input], .dense, trace: nil) }
    }
    let operations = profile.operationsByModule
    var root = ModuleNode()
    for (info, isRead) in tensors {
      root.insert(info, isRead, at: info.name.split(separator: ".").map(String.init)[...])
    }
    return (
      root.tree(name: "", path: "", operations),
      TreeInput(
        textTokens: inputs.reduce(0) { $0 + $1.ids.count },
        hasImage: inputs.contains { $0.picture != nil })
    )
  }

  /// One input, or one for each tower.
  private var typicalInputs: [ModelInput] {
    let limit = format.maximumTextTokens(besideImage: format.imageSize != nil)
    let ids = Array(0..<min(128, limit))
    let pixels = format.imageSize.map { Tensor(zeros: [3, $0, $0]) }
    if fusion.hasPictureTower {
      let texts = fusion.readsTexts ? [ModelInput(ids: ids)] : []
      return texts + [ModelInput(ids: [], pixels: pixels)]
    }
    return [format.input(ids: ids, pixels: pixels)]
  }
}

/// A module while tensors are sorted into the tree.
private struct ModuleNode {
  private var parameters: [ModuleTree.Parameter] = []
  private var children: [(name: String, node: ModuleNode)] = []

  mutating func insert(_ info: TensorInfo, _ isRead: Bool, at path: ArraySlice<String>) {
    guard let first = path.first else { return }
    guard path.count > 1 else {
      parameters.append(
        .init(
          name: first, shape: info.shape, dtype: info.dtype.rawValue, isRead: isRead,
          isBuffer: ["freqs_cos", "freqs_sin", "position_ids"].contains(first)))
      return
    }
    let index = children.firstIndex { $0.name == first } ?? children.endIndex
    if index == children.endIndex { children.append((first, ModuleNode())) }
    children[index].node.insert(info, isRead, at: path.dropFirst())
  }

  func tree(name: String, path: String, _ operations: [String: Double]) -> ModuleTree {
    let below = sortedChildren.map { child in
      child.node.tree(
        name: child.name, path: path.isEmpty ? child.name : "\(path).\(child.name)",
        operations)
    }
    return ModuleTree(
      name: name, count: 1, parameters: parameters, children: ModuleTree.joiningEquals(below),
      parameterCount: below.reduce(0) { $0 + $1.parameterCount }
        + parameters.filter { !$0.isBuffer }.reduce(0) { $0 + $1.shape.reduce(1, *) },
      operations: below.reduce(operations[path] ?? 0) { $0 + $1.operations })
  }

  /// Layers by number, everything else in the checkpoint's order.
  private var sortedChildren: [(name: String, node: ModuleNode)] {
    let numbers = children.compactMap { Int($0.name) }
    guard numbers.count == children.count else { return children }
    return children.sorted { (Int($0.name) ?? 0) < (Int($1.name) ?? 0) }
  }
}

extension ModuleTree {
  /// Neighbours with numbers for names that are equal in all else become one.
  fileprivate static func joiningEquals(_ modules: [ModuleTree]) -> [ModuleTree] {
    var joined: [ModuleTree] = []
    var start = 0
    while start < modules.count {
      let first = modules[start]
      let end =
        Int(first.name) == nil
        ? start + 1 : modules[start...].firstIndex { !$0.isLike(first) } ?? modules.count
      let count = end - start
      joined.append(
        ModuleTree(
          name: count > 1 ? "\(first.name)…\(modules[end - 1].name)" : first.name, count: count,
          parameters: first.parameters, children: first.children,
          parameterCount: first.parameterCount * count,
          operations: first.operations * Double(count)))
      start = end
    }
    return joined
  }

  private func isLike(_ other: ModuleTree) -> Bool {
    Int(name) != nil && parameters == other.parameters && children == other.children
      && operations == other.operations
  }
}
