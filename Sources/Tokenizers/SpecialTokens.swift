/// Which tokens play a part that has a name, as far as the files say so.
package struct SpecialTokens: Equatable, Sendable {
  package let bosID: Int?
  package let eosID: Int?
  package let unknownID: Int?
  package let sepID: Int?
  package let padID: Int?
  package let clsID: Int?
  package let maskID: Int?
  /// All ids that are marked as special.
  package let all: Set<Int>

  init(_ parts: TokenizerParts, _ config: TokenizerConfig?) throws {
    func id(_ role: String) throws -> Int? {
      try config?.specialTokenContent(role).flatMap { parts.id($0) }
    }
    bosID = try id("bos_token")
    eosID = try id("eos_token")
    // The model's own comes first: it is what encoding yields.
    unknownID = try parts.model.unknownID ?? id("unk_token")
    sepID = try id("sep_token")
    padID = try id("pad_token") ?? parts.padding?.padID
    clsID = try id("cls_token")
    maskID = try id("mask_token")
    all = Set(parts.addedTokens.filter(\.isSpecial).map(\.id))
  }
}
