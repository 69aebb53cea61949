// A model from end to end: files and words in, vectors out. TESSERA_MODEL names the folder; without
// it, a tiny CLIP with made-up weights shows what everything beside the products costs.
import Benchmark
import Foundation
import Tessera

private let goldens = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../Tests/Support/Goldens").standardized
private let model =
  ProcessInfo.processInfo.environment["TESSERA_MODEL"].map { URL(filePath: $0) }
  ?? goldens.appending(path: "clip-tiny")
private let picture = goldens.appending(path: "images/photo-420.jpg")
private let text = "A blue whale swims in the sea."

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .peakMemoryResident], warmupIterations: 3,
    maxDuration: .seconds(2))
  for precision in Precision.allCases {
    let options = Embedder.Options(precision: precision)
    // A processor may lack a precision.
    guard let embedder = try? Embedder(modelFolder: model, options: options) else { continue }
    let items: [(name: String, items: [Item])] =
      [
        ("a text", [.text(text)]),
        ("64 texts", Array(repeating: .text(text), count: 64)),
      ] + (embedder.supportsImages ? [("a picture", [.image(picture)])] : [])
    for (name, items) in items {
      Benchmark("\(name), \(precision)") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try embedder.encode(items)) }
      }
    }
    Benchmark("loading, \(precision)") { benchmark in
      for _ in benchmark.scaledIterations {
        blackHole(try Embedder(modelFolder: model, options: options))
      }
    }
  }
}
