import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// A tower for texts, in whose sequence vectors of pictures may stand for some tokens.
protocol PageTower: TextTower {
  /// - Parameters:
  ///   - places: of tokens of the whole batch.
  ///   - pictures: as many rows; nil for none.
  func embed(
    _ inputs: [ModelInput], replacing places: [Int], by pictures: Tensor?, trace: Trace?
  ) -> Tensor
}

/// What becomes of the tokens' vectors.
enum PageHead: Sendable {
  /// Each is projected, and gets length 1: ColBERT's late interaction.
  case eachToken(Linear)
  /// Their mean gets length 1.
  case mean
}

/// SigLIP's patches, joined to fewer and wider ones, between words: pages and queries become vectors of
/// one space.
struct PageRetriever<Tower: PageTower>: TokenScoringModel {
  private let vision: SigLIPPatches
  private let joiner: PatchJoiner
  private let tower: Tower
  private let head: PageHead
  private let pictureToken: Int
  let dimension: Int

  init(
    _ vision: SigLIPPatches, _ joiner: PatchJoiner, _ tower: Tower, _ head: PageHead,
    dimension: Int, pictureToken: Int
  ) {
    self.vision = vision
    self.joiner = joiner
    self.tower = tower
    self.head = head
    self.dimension = dimension
    self.pictureToken = pictureToken
  }

  var outputKinds: OutputKinds { if case .mean = head { .dense } else { .colbert } }

  func scoredRows(of input: ModelInput) -> [Int] { Array(input.ids.indices) }

  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let pictures = try inputs.compactMap(\.page).map { try tokens(of: $0, trace: trace) }
    let sequences = inputs.textSequences
    let places = zip(inputs, sequences.starts).flatMap { input, start in
      input.page == nil
        ? [] : input.ids.indices.filter { input.ids[$0] == pictureToken }.map { start + $0 }
    }
    let x = tower.embed(
      inputs, replacing: places, by: pictures.isEmpty ? nil : .concatenating(pictures),
      trace: trace)
    let hidden = try tower.run(x, in: sequences, keeping: nil, trace: trace)  // [T, C]
    switch head {
    case .eachToken(let projection):
      let vectors = projection(hidden, trace: trace, as: [projection.path]).normalized()
      return sequences.ranges.map { range in
        var output = ModelOutput()
        output.tokenVectors = vectors.rows(range)
        return output
      }
    case .mean:
      return sequences.ranges.map {
        ModelOutput(vector: hidden.rows($0).meanOfRows().normalized())
      }
    }
  }

  func read(_ page: ModelInput.Page, trace: Trace?) throws -> ModelInput.Page {
    ModelInput.Page(
      rows: page.rows, columns: page.columns, .tokens(try tokens(of: page, trace: trace)))
  }

  /// [tiles·T, C of the words]
  private func tokens(of page: ModelInput.Page, trace: Trace?) throws -> Tensor {
    switch page.content {
    case .tokens(let tokens): return tokens
    case .tiles(let pixels):
      let tiles = (0..<pixels.shape[0]).map { pixels.row($0) }
      return try tiles.seen(trace: trace) {
        joiner(try vision($0, trace: trace).hidden, trace: trace)
      }
    }
  }
}
