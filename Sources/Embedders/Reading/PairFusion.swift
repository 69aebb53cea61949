/// How two towers make one vector of a picture and a text.
public enum PairFusion: String, CaseIterable, Sendable {
  /// The sum of what both make, neither of length 1 before, as BGE-VL was trained to have it. Models
  /// that were not, plain CLIP for one, give a direction between both.
  case sum
}
