// swift-tools-version: 6.1
import PackageDescription

// One source, compiled once an instruction set: Sources/KernelsAVX2 and its like are links to
// Sources/KernelsBaseline. SwiftPM refuses unsafe flags in a package that is depended on by version;
// such a checkout gets the baseline kernels and BLAS. On ARM the baseline is NEON.
#if arch(x86_64)
  let hasWideKernels = !Context.packageDirectory.contains("/checkouts/")
#else
  let hasWideKernels = false
#endif

/// - Parameter features: as clang names them; Swift's code generator follows clang's target.
func kernels(_ name: String, features: [String] = []) -> Target {
  let flags = ["-Ounchecked"] + features.flatMap { ["-Xcc", "-m\($0)"] }
  return .target(
    name: "Kernels\(name)", dependencies: ["Kernels", "CIntrinsics"],
    swiftSettings: [.define("KERNELS_\(name.uppercased())")]
      + (hasWideKernels ? [.unsafeFlags(flags)] : []))
}

let avx512 = ["avx512f", "avx512bw", "avx512vl", "avx512dq", "avx2", "fma", "f16c"]

let wideKernels: [Target] =
  hasWideKernels
  ? [
    kernels("AVX2", features: ["avx2", "fma", "f16c"]),
    kernels("AVX512", features: avx512),
    kernels("AVX512VNNI", features: avx512 + ["avx512vnni", "avx512bf16"]),
  ] : []

let pictureBook = [
  "config.json", "model.safetensors", "modules.json", "preprocessor_config.json",
  "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "1_Pooling",
]

// The rooms, from the ground up. No import goes upward or sideways; see CONTRIBUTING.md.
let package = Package(
  name: "Tessera",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Embedders", targets: ["Embedders"]),
    .library(name: "Study", targets: ["Study"]),
    .library(name: "KernelBenchmarks", targets: ["KernelBenchmarks"]),
    .executable(name: "tessera", targets: ["tessera"]),
    .executable(name: "weights-converter", targets: ["weights-converter"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // C libraries, as headers only.
    .systemLibrary(name: "CIntrinsics"),
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CImageCodecs",
      providers: [
        .apt(["libspng-dev", "libturbojpeg0-dev", "libwebp-dev"]),
        .brew(["libspng", "jpeg-turbo", "webp"]),
      ]),

    // Ground floor: each stands alone.
    .target(name: "JSON"),
    // The model that travels with the executable; its folder is a model folder like any other.
    .target(
      name: "PictureBook", path: "models/picturebook",
      exclude: ["README.md", "training", "gallery", "sheet.png", "training.png"],
      sources: ["PictureBook.swift"],
      resources: pictureBook.map { .copy($0) }),
    .target(name: "Kernels"),
    kernels("Baseline"),
    .target(
      name: "Tensors",
      dependencies: [
        "CIntrinsics", "Kernels", "KernelsBaseline",
        .target(name: "COpenBLAS", condition: .when(platforms: [.linux])),
      ] + wideKernels.map { .target(name: $0.name) },
      swiftSettings: hasWideKernels ? [.define("WIDE_KERNELS")] : []),

    // Readers: files, text and pictures in; tensors and ids out.
    .target(name: "Checkpoints", dependencies: ["Tensors", "JSON"]),
    .target(name: "Tokenizers", dependencies: ["JSON"]),
    .target(name: "Images", dependencies: ["Tensors", "Kernels", "JSON", "CImageCodecs"]),

    // The engine.
    .target(name: "Layers", dependencies: ["Tensors", "Checkpoints"]),
    .target(name: "Models", dependencies: ["Layers"]),
    .target(
      name: "Embedders",
      dependencies: [
        "Models", "Layers", "Checkpoints", "Tensors", "Tokenizers", "Images", "JSON", "PictureBook",
      ]),
    .target(
      name: "Study", dependencies: ["Embedders", "Checkpoints", "Tensors", "Images", "JSON"],
      resources: ["glyphs.txt", "report.html", "report.css", "page.js", "attention.js"].map {
        .embedInCode("Resources/\($0)")
      }),

    // Each kernel alone, for `tessera bench kernels` and the package in Benchmarks.
    .target(name: "KernelBenchmarks", dependencies: ["Tensors", "Kernels"]),

    // The commands.
    .executableTarget(
      name: "tessera",
      dependencies: [
        "Embedders", "Study", "KernelBenchmarks", "Tokenizers", "Tensors", "Kernels", "JSON",
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
    .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"]),
    .testTarget(
      name: "TokenizersTests", dependencies: ["Tokenizers", "TestSupport"],
      resources: [.copy("Cases")]),
    .testTarget(
      name: "ImagesTests", dependencies: ["Images", "Checkpoints", "TestSupport"],
      resources: [.copy("Cases")]),
    .testTarget(
      name: "KernelsTests",
      dependencies: ["Kernels", "KernelsBaseline", "Tensors", "TestSupport"]
        + wideKernels.map { .target(name: $0.name) },
      swiftSettings: hasWideKernels ? [.define("WIDE_KERNELS")] : []),
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
        "Embedders", "Models", "Checkpoints", "Tensors", "JSON", "Tokenizers", "TestSupport",
        "weights-converter",
      ], resources: [.copy("Cases")]),
    .testTarget(
      name: "StudyTests",
      dependencies: ["Study", "Embedders", "Images", "TestSupport", "weights-converter"]),
    .testTarget(
      name: "CommandTests", dependencies: ["Images", "TestSupport", "tessera", "weights-converter"]),
  ] + wideKernels,
  swiftLanguageModes: [.v6]
)
