// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who uses the library builds it. Each folder beside this file
// is a suite of package-benchmark:
//
//   swift package --package-path Benchmarks benchmark list

// Counts of allocations need the package's interposer, which is for Swift 6.3 and later.
#if compiler(>=6.3)
  let traits: Set<Package.Dependency.Trait> = ["MallocInterposer"]
#else
  let traits: Set<Package.Dependency.Trait> = []
#endif

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
    .package(
      url: "https://github.com/ordo-one/package-benchmark", exact: "1.38.1", traits: traits),
  ],
  targets: [
    suite("TimedKernels", of: "KernelBenchmarks"),
    suite("TimedPasses", of: "Embedders"),
  ],
  swiftLanguageModes: [.v6])
