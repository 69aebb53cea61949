import TesseraEmbedders
import TesseraStudy

/// `--tree`: what the model is made of.
extension InspectCommand {
  /// Shows the modules, with the operations of the item if there is one; runs nothing.
  func showTree(of embedder: Embedder) throws {
    let modules = try embedder.modules(for: item.isGiven ? item.line.item.get() : nil)
    try show(ModuleTreeReport(tree: modules.tree, input: modules.input))
  }
}
