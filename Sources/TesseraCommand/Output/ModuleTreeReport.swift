import TesseraEmbedders
import TesseraJSON
import TesseraStudy

/// A model's modules, indented, with shapes, dtypes, parameters and operations.
struct ModuleTreeReport: Report {
  let tree: ModuleTree
  let input: Embedder.TreeInput

  var table: String {
    var lines: [(label: String, tensors: String, tree: ModuleTree?)] = []
    func add(_ tree: ModuleTree, _ depth: Int) {
      let name = tree.count > 1 ? "\(tree.name) ×\(tree.count)" : tree.name
      let indent = String(repeating: "  ", count: depth)
      lines.append((indent + name, tree.parameters.map(\.label).joined(separator: ", "), tree))
      for child in tree.children { add(child, depth + 1) }
    }
    for child in tree.children { add(child, 0) }
    lines.append(("in all", tree.parameters.map(\.label).joined(separator: ", "), tree))
    let width = (lines.map(\.label.count).max() ?? 0) + 2
    return "floating-point operations for \(input); below ×N, all numbers are of one module\n"
      + Self.line("module", width, "parameters", "flops", "tensors")
      + lines.map { line in
        Self.line(
          line.label, width, Self.grouped(line.tree?.parameterCount ?? 0),
          Self.flops(line.tree?.operations ?? 0), line.tensors)
      }.joined()
  }

  private static func line(
    _ label: String, _ width: Int, _ parameters: String, _ flops: String, _ tensors: String
  ) -> String {
    let start =
      label + String(repeating: " ", count: max(0, width - label.count))
      + Decimals.pad(parameters, to: 13) + Decimals.pad(flops, to: 10)
    return (tensors.isEmpty ? start : start + "  " + tensors) + "\n"
  }

  /// With a comma before each three digits.
  private static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.indices.reduce("") { text, i in
      text + (i > 0 && (digits.count - i).isMultiple(of: 3) ? "," : "") + String(digits[i])
    }
  }

  private static func flops(_ operations: Double) -> String {
    guard operations > 0 else { return "–" }
    let units = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k"), (1, "  ")]
    let (size, unit) = units.first { operations >= $0.0 } ?? (1, "  ")
    return Decimals.text(Float(operations / size), digits: 2, width: 0) + unit
  }

  var json: String {
    JSONWriter.line { object in
      object.object("input") { object in
        object.member("text_tokens", input.textTokens)
        object.member("image", input.hasImage)
      }
      object.member("tree", tree)
    }
  }
}

extension ModuleTree.Parameter {
  fileprivate var label: String {
    "\(name) \(shape) \(dtype)" + (isBuffer ? " (buffer)" : "") + (isRead ? "" : " (not used)")
  }
}

extension ModuleTree: JSONWritable {
  package func writeJSON(to json: inout JSONWriter) {
    json.writeObject { object in
      object.member("name", name)
      object.member("count", count)
      object.objects("parameters", parameters) { object, parameter in
        object.member("name", parameter.name)
        object.member("shape", parameter.shape)
        object.member("dtype", parameter.dtype)
        object.member("read", parameter.isRead)
        object.member("buffer", parameter.isBuffer)
      }
      object.member("parameter_count", parameterCount)
      object.member("flops", operations)
      object.member("modules", children)
    }
  }
}
