import TesseraImages

/// What the models of LLaVA's kind say differently where their configurations are silent, or by their
/// classes alone.
enum LLaVAKind: String, CaseIterable, Sendable {
  /// LLaVA 1.5: a picture is one tile.
  case llava
  /// LLaVA-NeXT (1.6).
  case next = "llava_next"
  /// LLaVA-OneVision.
  case oneVision = "llava_onevision"

  var textType: String { self == .oneVision ? "qwen2" : "llama" }
  var visionType: String { self == .oneVision ? "siglip_vision_model" : "clip_vision_model" }
  /// Counted from the last layer back.
  var featureLayer: Int { self == .oneVision ? -1 : -2 }
  var featureStrategy: FeatureStrategy { self == .oneVision ? .all : .withoutFirst }
  var pictureToken: Int { self == .oneVision ? 151646 : 32000 }
  /// Whether what `text_config` says of a shared table of words counts too.
  var readsInnerTie: Bool { self != .next }

  /// Sizes of which one is chosen for each picture; nil where pictures are not cut.
  var canvases: [PixelSize]? {
    switch self {
    case .llava: nil
    case .next:
      [(1, 2), (2, 1), (2, 2), (3, 1), (1, 3)].map {
        PixelSize(width: 336 * $0.1, height: 336 * $0.0)
      }
    case .oneVision:
      (1...6).flatMap { rows in
        (1...6).map { PixelSize(width: 384 * $0, height: 384 * rows) }
      }
    }
  }
}

/// Which of a tile's vectors are read.
enum FeatureStrategy: String, CaseIterable, Sendable {
  case withoutFirst = "default"
  case all = "full"
}
