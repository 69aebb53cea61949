// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who uses the library builds it. Each folder beside this file
// is a suite of package-benchmark:
//
//   swift package --package-path Benchmarks benchmark list

func suite(_ name: String, of product: String) -> Target {
  .executableTarget(
    name: name,
    dependencies: [
      .product(name: product, package: "Tessera"),
      .product(name: "Benchmark", package: "package-benchmark"),
    ],
    path: name,
    plugins: [.plugin(name: "BenchmarkPlugin", package: "package-benchmark")])
}

let package = Package(
  name: "TesseraBenchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "Tessera", path: ".."),
    // Without traits: interposers that count allocations and references would be timed as well.
    .package(url: "https://github.com/ordo-one/package-benchmark", exact: "1.38.1", traits: []),
  ],
  targets: [
    suite("TimedKernels", of: "TesseraKernelBenchmarks"),
    suite("TimedPasses", of: "Tessera"),
  ],
  swiftLanguageModes: [.v6])
