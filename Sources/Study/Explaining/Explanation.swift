/// Why two items are as alike as they are: the cosine of their vectors, split into terms that sum
/// to it, and what happens to it when parts of an item are left out.
public struct Explanation: Sendable {
  /// The cosine of the two vectors.
  public let cosine: Double
  /// What groups of neighbouring dimensions of the vectors add to it.
  public let dimensionGroups: [DimensionGroup]
  /// The first item's vector taken apart, the second's held fixed.
  public let first: Side
  /// The second item's vector taken apart, the first's held fixed.
  public let second: Side

  /// Some neighbouring dimensions.
  public struct DimensionGroup: Sendable, Equatable {
    /// Indices into the vectors.
    public let dimensions: Range<Int>
    /// Σ aᵢ·bᵢ over them, the vectors scaled to length 1.
    public let value: Double
  }

  /// One of the two items.
  public struct Side: Sendable {
    /// The sequence that the model read.
    public let plan: SequencePlan
    /// What each part of the model adds to the cosine.
    public let contributions: Contributions
    /// For each layer, where the tokens that become the vector look: the mean over heads. None where
    /// a picture is read by convolutions.
    public let attention: [BySource]
    /// What each place of a picture adds; nil where one token reads them for the vector.
    public let cells: Cells?
    /// What happens without some words, or without some patches.
    public let omissions: [Omission]
    /// What picture and words do by themselves; nil unless the item has both.
    public let fusion: FusionEffect?

    /// The attention's mean over all layers.
    public var meanAttention: BySource {
      let sum = BySource.sum(attention)
      let count = Double(max(attention.count, 1))
      return BySource(
        special: sum.special / count, image: sum.image / count, text: sum.text / count)
    }
  }

  /// The terms of the cosine by the places of a picture, as the last layer leaves them: of patches
  /// that a pooling reads (SigLIP), or of a map whose mean the vector is (ALIGN).
  ///
  /// A place holds by then what it read of others. With the pooling's own terms, they sum to the cosine.
  public struct Cells: Sendable, Equatable {
    /// From the upper left corner, row by row.
    public let values: [Double]
    /// Places in a row.
    public let columns: Int
  }

  /// A number for each kind of token that something comes from.
  public struct BySource: Sendable, Equatable {
    /// The class token, the end token and their like.
    public var special = 0.0
    /// The picture's patches.
    public var image = 0.0
    /// The text's own tokens.
    public var text = 0.0

    /// All three together.
    public var sum: Double { special + image + text }

    /// Kind by kind.
    static func sum(_ parts: some Sequence<BySource>) -> BySource {
      parts.reduce(into: BySource()) { sum, part in
        sum.special += part.special
        sum.image += part.image
        sum.text += part.text
      }
    }
  }

  /// The terms of the cosine by the parts of the model.
  ///
  /// A part's output is a summand of the sums that the layers form; what it adds to the vector is
  /// that output, carried through the LayerNorms behind it, each taken as the linear map that it is
  /// once its scale (1/σ of the very sum that it normalised) is frozen. This is direct logit
  /// attribution (Elhage et al., "A Mathematical Framework for Transformer Circuits", 2021) and the
  /// scaling of the "logit lens", with the other vector in place of a word's. A part's effect on
  /// the layers behind it is theirs, not its own.
  ///
  /// A pooling that asks every patch (SigLIP) is one more layer, without heads of its own: what they
  /// read of a patch is that patch's, and so the terms are those of all parts at all patches. Of a
  /// picture that is read by convolutions (ALIGN) a layer is a block, and its feed-forward all that the
  /// block adds. Where two towers' vectors are added, the text's layers come first.
  public struct Contributions: Sendable, Equatable {
    /// What enters the first layer: for the class token of a text encoder the same for all items.
    public let embeddings: Double
    /// Layer by layer.
    public let layers: [Layer]
    /// The bias of a norm behind the last layer; 0 where there is none.
    public let finalNorm: Double
    /// What rounding leaves: the cosine less the sum of all terms. Below 1e-5 in float32; more
    /// with 16 or 8 bits, whose products are not quite linear.
    public let residual: Double

    /// The parts of one layer.
    public struct Layer: Sendable, Equatable {
      /// What each attention head adds, by what it read.
      public let heads: [BySource]
      /// The feed-forward, without its bias.
      public let feedForward: Double
      /// The biases of the attention's output projection and of the feed-forward.
      public let biases: Double
      /// The biases of the layer's norms.
      public let norms: Double

      /// What all heads add, by what they read.
      public var attention: BySource { .sum(heads) }

      /// All parts together.
      public var sum: Double { attention.sum + feedForward + biases + norms }
    }

    /// What all attention heads add, by what they read.
    public var attention: BySource { .sum(layers.map(\.attention)) }

    /// All terms together, without the residual.
    public var sum: Double { embeddings + layers.reduce(0) { $0 + $1.sum } + finalNorm }
  }

  /// What changes when rows of the sequence are left out as they enter the first layer.
  ///
  /// The others keep their positions, but where a model knows distances alone. Words and patches are
  /// left out in the same way, so that their effects can be compared; a patch's token has by then
  /// shared what it saw with the others, as the image tower ran on the whole picture.
  public struct Omission: Sendable, Equatable {
    /// What was left out.
    public let part: Part
    /// 1 − the cosine of the vector with and without it.
    public let vectorChange: Double
    /// The cosine with the other item without it, less the cosine with it.
    public let similarityChange: Double

    /// Words, or a rectangle of patches.
    public enum Part: Sendable, Equatable {
      /// Words that stand together.
      case words([String])
      /// Rows and columns of patches, from the upper left corner.
      case patches(rows: Range<Int>, columns: Range<Int>)
    }
  }

  /// A fused vector beside those of its picture alone and its words alone.
  public struct FusionEffect: Sendable, Equatable {
    /// The cosine of the fused vector with the picture's: 1 if the words do nothing.
    public let cosineWithImage: Double
    /// The cosine of the fused vector with the words': 1 if the picture does nothing.
    public let cosineWithText: Double
    /// The cosine of the picture alone with the other item.
    public let imageSimilarity: Double
    /// The cosine of the words alone with the other item.
    public let textSimilarity: Double

    /// How far the picture moves the vector: 1 − the cosine with the words alone.
    public var imageEffect: Double { 1 - cosineWithText }
    /// How far the words move the vector: 1 − the cosine with the picture alone.
    public var textEffect: Double { 1 - cosineWithImage }
    /// The picture's effect as a share of both; nil where neither does anything.
    public var imageShare: Double? {
      let sum = imageEffect + textEffect
      return sum > 0 ? imageEffect / sum : nil
    }
    /// The words' effect as a share of both; nil where neither does anything.
    public var textShare: Double? { imageShare.map { 1 - $0 } }
  }

  /// How far the work on an explanation is.
  public struct Progress: Sendable, Equatable {
    /// Sequences that have been through the encoder.
    public let completed: Int
    /// Those that will have been in the end.
    public let total: Int
  }

  /// How finely parts are told apart.
  public struct Options: Sendable {
    /// Groups of dimensions.
    public var dimensionGroups: Int
    /// Groups of words that are left out, at most: one run each. 0 for none.
    public var wordGroups: Int
    /// Blocks of patches that are left out, along either side of the picture: as many runs as the
    /// square of it. 0 for none.
    public var patchBlocks: Int

    /// Defaults that end within seconds on a model of ordinary size.
    public init(dimensionGroups: Int = 8, wordGroups: Int = 32, patchBlocks: Int = 4) {
      self.dimensionGroups = dimensionGroups
      self.wordGroups = wordGroups
      self.patchBlocks = patchBlocks
    }
  }
}
