// swift-tools-version: 6.1
import PackageDescription

// The rooms, from the ground up. No import goes upward or sideways; see CONTRIBUTING.md.
let package = Package(
  name: "Tessera",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Embedders", targets: ["Embedders"]),
    .executable(name: "tessera", targets: ["tessera"]),
    .executable(name: "weights-converter", targets: ["weights-converter"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // C libraries, as headers only.
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CImageCodecs",
      providers: [
        .apt(["libspng-dev", "libturbojpeg0-dev", "libwebp-dev"]),
        .brew(["libspng", "jpeg-turbo", "webp"]),
      ]),

    // Ground floor: each stands alone.
    .target(name: "JSON"),
    .target(
      name: "Tensors",
      dependencies: [.target(name: "COpenBLAS", condition: .when(platforms: [.linux]))]),

    // Readers: files, text and pictures in; tensors and ids out.
    .target(name: "Checkpoints", dependencies: ["Tensors", "JSON"]),
    .target(name: "Tokenizers", dependencies: ["JSON"]),
    .target(name: "Images", dependencies: ["Tensors", "JSON", "CImageCodecs"]),

    // The engine.
    .target(name: "Layers", dependencies: ["Tensors", "Checkpoints"]),
    .target(name: "Models", dependencies: ["Layers"]),
    .target(
      name: "Embedders",
      dependencies: [
        "Models", "Layers", "Checkpoints", "Tensors", "Tokenizers", "Images", "JSON",
      ]),

    // The commands.
    .executableTarget(
      name: "tessera",
      dependencies: [
        "Embedders", "Tokenizers", "Tensors", "JSON",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "weights-converter",
      dependencies: [
        "Checkpoints", "Tensors", "JSON",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "weights-converter"),

    // Tests, in the order of the model: tokens, pixels, operations, files, models, the whole.
    .target(
      name: "TestSupport", dependencies: ["Checkpoints"], path: "Tests/Support",
      resources: [.copy("Goldens")]),
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "TokenizersTests", dependencies: ["Tokenizers"], resources: [.copy("Cases")]),
    .testTarget(
      name: "ImagesTests", dependencies: ["Images", "Checkpoints", "TestSupport"],
      resources: [.copy("Cases")]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Checkpoints"], resources: [.copy("Cases")]),
    .testTarget(
      name: "ConverterTests",
      dependencies: ["Checkpoints", "Tensors", "JSON", "weights-converter", "TestSupport"],
      resources: [.copy("Cases")]),
    .testTarget(name: "ModelsTests", dependencies: ["Models", "TestSupport"]),
    .testTarget(
      name: "EmbeddersTests",
      dependencies: [
        "Embedders", "Checkpoints", "Tensors", "JSON", "Tokenizers", "TestSupport",
        "weights-converter",
      ]),
    .testTarget(
      name: "CommandTests", dependencies: ["TestSupport", "tessera", "weights-converter"]),
  ],
  swiftLanguageModes: [.v6]
)
