// swift-tools-version: 6.2
import PackageDescription

// SwiftPM refuses unsafe flags in a package that is depended on by version, though not by branch,
// revision or path. So the commit that a version's tag names has `false` here, which
// `make release` writes: those who depend on a version get the baseline kernels, which adapt to the
// flags of the build (`swift build -Xcc -march=native`).
let hasUnsafeFlags = true

#if arch(x86_64) || arch(arm64)
  let hasWideKernels = hasUnsafeFlags
#else
  let hasWideKernels = false
#endif

// Names of targets are unique among all packages of a program, so each has the prefix of this
// package; the folders, which are read here, do without.

/// A room of the house: the module TesseraX in Sources/X.
func room(
  _ name: String, path: String? = nil, of rooms: String..., and others: [Target.Dependency] = [],
  exclude: [String] = [], sources: [String]? = nil, resources: [Resource]? = nil,
  settings: [SwiftSetting] = []
) -> Target {
  .target(
    name: "Tessera\(name)", dependencies: inside(rooms) + others, path: path ?? "Sources/\(name)",
    exclude: exclude, sources: sources, resources: resources, swiftSettings: settings)
}

func inside(_ rooms: [String]) -> [Target.Dependency] {
  rooms.map { .target(name: "Tessera\($0)") }
}

/// A C library, as headers only: the module CTesseraX in Sources/CX.
func headers(_ name: String, providers: [SystemPackageProvider]? = nil) -> Target {
  .systemLibrary(name: "CTessera\(name)", path: "Sources/C\(name)", providers: providers)
}

/// One source, compiled once an instruction set: Sources/KernelsAVX2 and its like are links to
/// Sources/KernelsBaseline.
///
/// - Parameter features: clang's options; Swift's code generator follows clang's target.
func kernels(_ name: String, features: [String] = []) -> Target {
  let flags = ["-Ounchecked"] + features.flatMap { ["-Xcc", "-m\($0)"] }
  return room(
    "Kernels\(name)", of: "Kernels", and: ["CTesseraIntrinsics"],
    settings: hasWideKernels ? [.unsafeFlags(flags)] : [])
}

func executable(
  _ name: String, path: String? = nil, of rooms: String..., and others: [Target.Dependency] = [],
  resources: [Resource]? = nil
) -> Target {
  .executableTarget(
    name: "Tessera\(name)", dependencies: inside(rooms) + others, path: path, resources: resources)
}

/// - Parameter name: of the tests, where no room has it.
func tests(
  _ name: String? = nil, of room: String, and rooms: String..., others: [Target.Dependency] = [],
  resources: [Resource]? = nil, settings: [SwiftSetting] = []
) -> Target {
  .testTarget(
    name: "\(name ?? room)Tests",
    dependencies: inside([room] + rooms + ["TestSupport"]) + others,
    resources: resources, swiftSettings: settings)
}

/// What another package brings stands behind a trait, with which alone it is fetched.
func product(_ name: String, of package: String, for traits: Set<String>) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: traits))
}

let avx512 = ["avx512f", "avx512bw", "avx512vl", "avx512dq", "avx2", "fma", "f16c"]

#if arch(arm64)
  // The baseline is NEON.
  let setsOfProcessor = [
    kernels("DotProduct", features: ["arch=armv8-a+dotprod"]),
    kernels("I8MM", features: ["arch=armv8-a+dotprod+i8mm"]),
  ]
#else
  let setsOfProcessor = [
    kernels("AVX2", features: ["avx2", "fma", "f16c"]),
    kernels("AVX512", features: avx512),
    kernels("AVX512VNNI", features: avx512 + ["avx512vnni", "avx512bf16"]),
  ]
#endif
let wideKernels: [Target] = hasWideKernels ? setsOfProcessor : []
let wideKernelNames = wideKernels.map { Target.Dependency.target(name: $0.name) }
let wideKernelSettings: [SwiftSetting] = hasWideKernels ? [.define("WIDE_KERNELS")] : []

let argumentParser = product("ArgumentParser", of: "swift-argument-parser", for: ["Commands"])
let sqlite = product("GRDB", of: "GRDB.swift", for: ["Search"])
// SHA-256 and git's SHA-1, which Foundation has not got everywhere.
let crypto = product("Crypto", of: "swift-crypto", for: ["Hub", "Search"])
let http = [
  product("HummingbirdCore", of: "hummingbird", for: ["Server"]),
  product("NIOCore", of: "swift-nio", for: ["Server"]),
  product("NIOPosix", of: "swift-nio", for: ["Server"]),
  product("HTTPTypes", of: "swift-http-types", for: ["Server"]),
  product("Logging", of: "swift-log", for: ["Server"]),
  product("ServiceLifecycle", of: "swift-service-lifecycle", for: ["Server"]),
]

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
    .library(name: "TesseraRetrieval", targets: ["TesseraRetrieval"]),
    .library(name: "TesseraKernelBenchmarks", targets: ["TesseraKernelBenchmarks"]),
    .executable(name: "tessera", targets: ["TesseraCommand"]),
    .executable(name: "weights-converter", targets: ["TesseraConverter"]),
  ],
  traits: [
    .trait(
      name: "Commands",
      description: "The commands tessera and weights-converter, on swift-argument-parser."),
    .trait(
      name: "Search", description: "The index on disk, on SQLite by GRDB, and its commands."),
    .trait(
      name: "Hub", description: "Models by their names, verified by swift-crypto's hashes."),
    .trait(name: "Server", description: "The command tessera serve, on Hummingbird."),
    // Programs that only encode ask for no traits, and fetch this package alone.
    .default(enabledTraits: ["Commands", "Search", "Hub"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C libraries.
    headers("Intrinsics"),
    headers("OpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    headers(
      "ImageCodecs",
      providers: [
        .apt(["libspng-dev", "libturbojpeg0-dev", "libwebp-dev", "libgif-dev", "libtiff-dev"]),
        .brew(["libspng", "jpeg-turbo", "webp", "giflib", "libtiff"]),
      ]),
    headers("Curl", providers: [.apt(["libcurl4-openssl-dev"])]),
    // Loaded when they are asked for, and declared whole, so that nothing of them is needed to build.
    headers("PictureLibraries"),
    headers("Postgres"),

    // Ground floor: each stands alone.
    room("JSON"),
    room("Files"),
    // Prompts of conversations: Jinja, as far as chat models' folders use it.
    room("Templates", of: "JSON"),
    // The model that travels with the executable; its folder is a model folder like any other.
    room(
      "PictureBook", path: "models/picturebook",
      exclude: ["README.md", "training", "gallery", "sheet.png", "training.png"],
      sources: ["PictureBook.swift"], resources: pictureBook.map { .copy($0) }),
    room("Kernels"),
    kernels("Baseline"),
    room(
      "Tensors", of: "Files", "Kernels", "KernelsBaseline",
      and: [
        "CTesseraIntrinsics",
        .target(name: "CTesseraOpenBLAS", condition: .when(platforms: [.linux])),
      ] + wideKernelNames, settings: wideKernelSettings),

    // Readers: files, text and pictures in; tensors and ids out.
    room("Checkpoints", of: "Tensors", "Files", "JSON"),
    room("Tokenizers", of: "JSON"),
    room(
      "Images", of: "Tensors", "Kernels", "Files", "JSON",
      and: ["CTesseraImageCodecs", "CTesseraPictureLibraries"]),

    // The engine.
    room("Layers", of: "Tensors", "Checkpoints"),
    room(
      "Models", of: "Layers", "Checkpoints", "Tensors", "Tokenizers", "Images", "Files", "JSON"),
    room(
      "Embedders",
      of: "Models", "Layers", "Checkpoints", "Tensors", "Kernels", "Tokenizers", "Images", "Files",
      "JSON", "Templates", "PictureBook"),
    room(
      "Study",
      of: "Embedders", "Models", "Layers", "Checkpoints", "Tensors", "Tokenizers", "Images",
      "Files", "JSON",
      resources: ["glyphs.txt", "report.html", "report.css", "page.js", "attention.js"].map {
        .embedInCode("Resources/\($0)")
      }),
    // What programs import.
    .target(name: "Tessera", dependencies: inside(["Embedders"])),

    // The second half: exact search, and the measures of a ranking; the store on disk.
    room(
      "Retrieval", of: "Embedders", "Checkpoints", "Images", "Tensors", "Kernels", "Files", "JSON",
      and: [sqlite, crypto]),

    // Requests over HTTP, by libcurl, and answers piece by piece.
    room("HTTP", and: ["CTesseraCurl"]),
    // Qdrant: the folders of its Python client, and its server.
    room("Qdrant", of: "Retrieval", "Checkpoints", "HTTP", "Embedders", "JSON", and: [sqlite]),
    // Tables of PostgreSQL with pgvector, by libpq.
    room("Postgres", of: "Retrieval", "JSON", and: ["CTesseraPostgres"]),
    // Each kernel alone, for `tessera bench kernels` and the package in Benchmarks.
    room("KernelBenchmarks", of: "Tensors", "Kernels"),
    // Chat models: what is asked in the words of each kind of server, and answers as they come.
    room("Chat", of: "HTTP", "JSON"),
    // Models by name: from the Hub, its mirrors and ModelScope, through the caches.
    room("Hub", of: "HTTP", "JSON", and: [crypto]),
    // The converter, for its command and for models that are converted when they arrive.
    room(
      "Conversion", path: "weights-converter",
      of: "Models", "Checkpoints", "Tensors", "Files", "JSON", exclude: ["Command"]),

    // The server: what is asked and answered, with its queue and its batches; its face in HTTP.
    room(
      "Serving",
      of: "Chat", "Embedders", "Images", "JSON", "Retrieval", "Study", "Tokenizers",
      resources: ["page.html", "openapi.json"].map { .embedInCode("Resources/\($0)") }),
    room("ServingHTTP", of: "Serving", "JSON", and: http),

    // The commands.
    executable(
      "Command", of: "Embedders", "Study", "Retrieval", "Qdrant", "Postgres", "Chat", "Hub", "HTTP",
      "Conversion", "Serving", "ServingHTTP", "KernelBenchmarks", "Tokenizers", "Images",
      "Checkpoints", "Tensors", "Kernels", "Files", "JSON", and: [argumentParser],
      resources: [.embedInCode("Resources/map.html")]),
    executable(
      "Converter", path: "weights-converter/Command", of: "Conversion", "Checkpoints", "Files",
      and: [argumentParser]),

    // Tests, in the order of the model: tokens, pixels, operations, files, models, the whole.
    room(
      "TestSupport", path: "Tests/Support", of: "Retrieval", "Checkpoints", "Tensors", "JSON",
      resources: [.copy("Goldens")]
        + ["hub", "qdrant", "chat", "interrupt", "postgres"].map { .copy("\($0).py") }),
    executable(
      "Fuzz", path: "Tests/Fuzz", of: "Checkpoints", "Files", "Images", "JSON", "Models",
      "Retrieval", "Templates", "Tokenizers", "TestSupport"),
    tests(of: "JSON"),
    tests(of: "Files"),
    tests(of: "Templates", and: "JSON", resources: [.copy("Cases")]),
    tests(of: "Tokenizers", and: "JSON", resources: [.copy("Cases")]),
    tests(
      of: "Images", and: "Tensors", "Kernels", "Checkpoints", "Files", "JSON",
      resources: [.copy("Cases")]),
    tests(
      of: "Kernels", and: "KernelsBaseline", "Tensors", others: wideKernelNames,
      settings: wideKernelSettings),
    tests(of: "Tensors", and: "Kernels"),
    tests(of: "Checkpoints", and: "Tensors", "Files", "JSON", resources: [.copy("Cases")]),
    tests(
      of: "Converter", and: "Models", "Checkpoints", "Tensors", "Files", "JSON",
      resources: [.copy("Cases")]),
    tests(of: "Models", and: "Layers", "Checkpoints", "Tensors", "JSON"),
    tests(
      of: "Embedders", and: "Models", "Layers", "Checkpoints", "Tensors", "Kernels", "JSON",
      "Tokenizers", "Templates", "PictureBook", "Converter", resources: [.copy("Cases")]),
    tests(
      "Families", of: "Study", and: "Images", "Embedders", "Models", "Layers", "Checkpoints",
      "Tensors", "Tokenizers", "Files", "JSON", "Converter"),
    tests(
      of: "Retrieval", and: "Embedders", "Checkpoints", "Images", "Tensors", "Kernels", "JSON",
      "Command", others: [sqlite], resources: [.copy("Cases")]),
    tests(
      of: "Study", and: "Embedders", "Models", "Images", "Tensors", "Checkpoints", "Tokenizers",
      "JSON", "Converter"),
    tests(of: "Command", and: "Images", "Embedders", "Converter", "Checkpoints", "JSON"),
    tests(
      of: "Serving", and: "Retrieval", "Qdrant", "Postgres", "Chat", "HTTP", "Embedders", "JSON"),
    tests(of: "Hub", and: "HTTP"),
    tests(of: "Postgres", and: "Retrieval"),
    tests(of: "Chat", and: "HTTP", "JSON"),
    tests(
      of: "Qdrant", and: "Retrieval", "Embedders", "Checkpoints", "HTTP", "JSON", others: [sqlite],
      resources: [.copy("Cases")]),
  ] + wideKernels,
  swiftLanguageModes: [.v6]
)
