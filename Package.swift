// swift-tools-version: 6.2
import PackageDescription

// SwiftPM refuses unsafe flags in a package that is depended on by version, though not by branch,
// revision or path. So the commit that a version's tag names has `false` here, which
// `make release` writes: those who depend on a version get the baseline kernels, which adapt to the
// flags of the build (`swift build -Xcc -march=native`).
let hasUnsafeFlags = true

#if arch(x86_64)
  let hasWideKernels = hasUnsafeFlags
#else
  // The baseline is NEON.
  let hasWideKernels = false
#endif

// Names of targets are unique among all packages of a program, so each has the prefix of this
// package; the folders, which are read here, do without.

/// A room of the house: the module TesseraX in Sources/X.
func room(
  _ name: String, path: String? = nil, of rooms: [String] = [],
  and others: [Target.Dependency] = [], exclude: [String] = [], sources: [String]? = nil,
  resources: [Resource]? = nil, settings: [SwiftSetting] = []
) -> Target {
  .target(
    name: "Tessera\(name)", dependencies: inside(rooms) + others, path: path ?? "Sources/\(name)",
    exclude: exclude, sources: sources, resources: resources, swiftSettings: settings)
}

func inside(_ rooms: [String]) -> [Target.Dependency] {
  rooms.map { .target(name: "Tessera\($0)") }
}

/// One source, compiled once an instruction set: Sources/KernelsAVX2 and its like are links to
/// Sources/KernelsBaseline.
///
/// - Parameter features: as clang names them; Swift's code generator follows clang's target.
func kernels(_ name: String, features: [String] = []) -> Target {
  let flags = ["-Ounchecked"] + features.flatMap { ["-Xcc", "-m\($0)"] }
  return room(
    "Kernels\(name)", of: ["Kernels"], and: ["CTesseraIntrinsics"],
    settings: [.define("KERNELS_\(name.uppercased())")]
      + (hasWideKernels ? [.unsafeFlags(flags)] : []))
}

func tests(
  of name: String, and rooms: [String], others: [Target.Dependency] = [],
  resources: [Resource]? = nil, settings: [SwiftSetting] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: inside(rooms + ["TestSupport"]) + others,
    resources: resources, swiftSettings: settings)
}

let avx512 = ["avx512f", "avx512bw", "avx512vl", "avx512dq", "avx2", "fma", "f16c"]

let wideKernels: [Target] =
  hasWideKernels
  ? [
    kernels("AVX2", features: ["avx2", "fma", "f16c"]),
    kernels("AVX512", features: avx512),
    kernels("AVX512VNNI", features: avx512 + ["avx512vnni", "avx512bf16"]),
  ] : []
let wideKernelNames = wideKernels.map { Target.Dependency.target(name: $0.name) }
let wideKernelSettings: [SwiftSetting] = hasWideKernels ? [.define("WIDE_KERNELS")] : []

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

// SHA-256 and git's SHA-1, which Foundation has not got everywhere.
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let pictureBook = [
  "config.json", "model.safetensors", "modules.json", "preprocessor_config.json",
  "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "1_Pooling",
]

// The rooms, from the ground up. No import goes upward or sideways; see CONTRIBUTING.md.
let package = Package(
  name: "Tessera",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Tessera", targets: ["Tessera"]),
    .library(name: "TesseraStudy", targets: ["TesseraStudy"]),
    .library(name: "TesseraKernelBenchmarks", targets: ["TesseraKernelBenchmarks"]),
    .executable(name: "tessera", targets: ["TesseraCommand"]),
    .executable(name: "weights-converter", targets: ["TesseraConverter"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    // C libraries, as headers only.
    .systemLibrary(name: "CTesseraIntrinsics", path: "Sources/CIntrinsics"),
    .systemLibrary(
      name: "CTesseraOpenBLAS", path: "Sources/COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CTesseraImageCodecs", path: "Sources/CImageCodecs",
      providers: [
        .apt(["libspng-dev", "libturbojpeg0-dev", "libwebp-dev"]),
        .brew(["libspng", "jpeg-turbo", "webp"]),
      ]),

    // Ground floor: each stands alone.
    room("JSON"),
    // The model that travels with the executable; its folder is a model folder like any other.
    room(
      "PictureBook", path: "models/picturebook",
      exclude: ["README.md", "training", "gallery", "sheet.png", "training.png"],
      sources: ["PictureBook.swift"], resources: pictureBook.map { .copy($0) }),
    room("Kernels"),
    kernels("Baseline"),
    room(
      "Tensors", of: ["Kernels", "KernelsBaseline"],
      and: [
        "CTesseraIntrinsics",
        .target(name: "CTesseraOpenBLAS", condition: .when(platforms: [.linux])),
      ] + wideKernelNames, settings: wideKernelSettings),

    // Readers: files, text and pictures in; tensors and ids out.
    room("Checkpoints", of: ["Tensors", "JSON"]),
    room("Tokenizers", of: ["JSON"]),
    room("Images", of: ["Tensors", "Kernels", "JSON"], and: ["CTesseraImageCodecs"]),

    // The engine.
    room("Layers", of: ["Tensors", "Checkpoints"]),
    room("Models", of: ["Layers", "Checkpoints", "Tensors"]),
    room(
      "Embedders",
      of: [
        "Models", "Layers", "Checkpoints", "Tensors", "Kernels", "Tokenizers", "Images", "JSON",
        "PictureBook",
      ]),
    room(
      "Study", of: ["Embedders", "Checkpoints", "Tensors", "Images", "JSON"],
      resources: ["glyphs.txt", "report.html", "report.css", "page.js", "attention.js"].map {
        .embedInCode("Resources/\($0)")
      }),
    // What programs import.
    .target(name: "Tessera", dependencies: inside(["Embedders"])),

    // Each kernel alone, for `tessera bench kernels` and the package in Benchmarks.
    room("KernelBenchmarks", of: ["Tensors", "Kernels"]),

    // Models by name: from the Hub, its mirrors and ModelScope, through the caches.
    room("Hub", of: ["JSON"], and: [crypto]),

    // The converter, for its command and for models that are converted when they arrive.
    room(
      "Conversion", path: "weights-converter", of: ["Checkpoints", "Tensors", "JSON"],
      exclude: ["Command"]),

    // The commands.
    .executableTarget(
      name: "TesseraCommand",
      dependencies: inside([
        "Embedders", "Study", "KernelBenchmarks", "Tokenizers", "Tensors", "Kernels", "JSON", "Hub",
        "Conversion",
      ]) + [argumentParser]),
    .executableTarget(
      name: "TesseraConverter",
      dependencies: inside(["Conversion", "Checkpoints"]) + [argumentParser],
      path: "weights-converter/Command"),

    // Tests, in the order of the model: tokens, pixels, operations, files, models, the whole.
    room(
      "TestSupport", path: "Tests/Support", of: ["Checkpoints", "Tensors", "JSON"],
      resources: [.copy("Goldens"), .copy("hub.py")]),
    tests(of: "JSON", and: ["JSON"]),
    tests(of: "Tokenizers", and: ["Tokenizers", "JSON"], resources: [.copy("Cases")]),
    tests(
      of: "Images", and: ["Images", "Tensors", "Kernels", "Checkpoints", "JSON"],
      resources: [.copy("Cases")]),
    tests(
      of: "Kernels", and: ["Kernels", "KernelsBaseline", "Tensors"], others: wideKernelNames,
      settings: wideKernelSettings),
    tests(of: "Tensors", and: ["Tensors", "Kernels"]),
    tests(of: "Checkpoints", and: ["Checkpoints", "Tensors", "JSON"], resources: [.copy("Cases")]),
    tests(
      of: "Converter", and: ["Checkpoints", "Tensors", "JSON", "Converter"],
      resources: [.copy("Cases")]),
    tests(of: "Models", and: ["Models", "Layers", "Checkpoints", "Tensors"]),
    tests(
      of: "Embedders",
      and: [
        "Embedders", "Models", "Layers", "Checkpoints", "Tensors", "Kernels", "JSON",
        "Tokenizers", "PictureBook", "Converter",
      ], resources: [.copy("Cases")]),
    tests(
      of: "Study", and: ["Study", "Embedders", "Images", "Tensors", "Checkpoints", "Converter"]),
    tests(of: "Hub", and: ["Hub"]),
    tests(of: "Command", and: ["Images", "Command", "Converter", "Checkpoints", "JSON"]),
  ] + wideKernels,
  swiftLanguageModes: [.v6]
)
