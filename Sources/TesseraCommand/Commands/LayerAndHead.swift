import ArgumentParser
import TesseraEmbedders
import TesseraStudy

/// `3` or `3:5`.
struct LayerAndHead: ExpressibleByArgument {
  let layer: Int
  let heads: Attention.Heads

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, numbers.count <= 2, numbers.allSatisfy({ $0 >= 0 }) else {
      return nil
    }
    layer = numbers[0]
    heads = numbers.count == 2 ? .one(numbers[1]) : .mean
  }
}

extension LayerStack: ExpressibleByArgument {}
