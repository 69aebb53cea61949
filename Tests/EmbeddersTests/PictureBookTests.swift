import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Whether the whole model means something: right hits first, and not by chance.
@Suite struct PictureBookTests {
  /// The least share of queries, of each kind, whose first hit is right.
  private static let bounds = [
    "english": 0.88, "chinese": 0.88, "redrawn": 0.93, "edit": 0.8, "short english": 0.75,
    "short chinese": 0.7,
  ]

  @Test func `words, pictures and edits find the right picture first`() throws {
    let recalls = try PictureBookCases().recalls(try Embedder.pictureBook())
    #expect(Set(recalls.keys) == Set(Self.bounds.keys))
    for (kind, bound) in Self.bounds {
      #expect(recalls[kind, default: 0] >= bound, "\(kind)")
    }
  }

  /// Pictures still resemble pictures, but words no longer find them.
  @Test(arguments: CutPictureBook.Tower.allCases)
  private func `a layer that is left out shows`(_ tower: CutPictureBook.Tower) throws {
    let folder = try CutPictureBook.write(without: tower)
    let recalls = try PictureBookCases().recalls(try Embedder(modelFolder: folder.url))
    for kind in ["english", "chinese", "short english", "short chinese"] {
      #expect(recalls[kind, default: 1] < Self.bounds[kind, default: 0], "\(kind)")
    }
  }

  @Test func `one meaning in two languages`() throws {
    let embedder = try Embedder.pictureBook()
    let texts = ["whale", "鲸鱼", "blue whale", "蓝鲸", "mushroom"]
    let vectors = try texts.map { try embedder.encode(.text($0)) }
    func likeness(_ i: Int, _ j: Int) -> Float { vectors[i].similarity(to: vectors[j]) }
    #expect(likeness(0, 1) > likeness(0, 3))
    #expect(likeness(2, 3) > likeness(2, 1))
    #expect(likeness(0, 4) < likeness(0, 1))
  }
}
