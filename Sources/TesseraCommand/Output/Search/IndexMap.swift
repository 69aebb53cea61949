import TesseraJSON
import TesseraRetrieval
import TesseraTensors

/// The rows of an index as points of a page.
struct IndexMap {
  let html: String

  private static let outlierCount = 12

  /// - Parameter vectors: [items, dimension]
  init(name: String, items: [StoredItem], vectors: Tensor, thumbnailCount: Int) throws {
    let data = try Self.data(name, items, vectors, thumbnailCount)
    // In JSON every < can be written otherwise, so that no text ends the script that holds it.
    html = String(decoding: PackageResources.map_html, as: UTF8.self)
      .replacing("{{DATA}}", with: data.replacing("<", with: "\\u003C"), maxReplacements: 1)
  }

  private static func data(
    _ name: String, _ items: [StoredItem], _ vectors: Tensor, _ thumbnailCount: Int
  ) throws -> String {
    let axes = items.isEmpty ? nil : PrincipalAxes(of: vectors)
    let nearest = try self.nearest(vectors)
    var thumbnailsLeft = thumbnailCount
    let shares = [axes?.shares.x ?? 0, axes?.shares.y ?? 0].map {
      Decimals.text($0 * 100, digits: 0, width: 0) + " %"
    }
    return JSONWriter.line { object in
      object.member("index", name.split(separator: "/").last.map(String.init) ?? name)
      object.member(
        "facts",
        "\(items.count) rows; the two axes hold \(shares[0]) and \(shares[1]) of the variance")
      object.objects("points", items.enumerated()) { object, item in
        let point = axes?.points[item.offset] ?? (x: 0, y: 0)
        object.member("id", item.element.id)
        object.member("kind", item.element.kind.rawValue)
        object.member("x", point.x)
        object.member("y", point.y)
        object.member("nearest", nearest[item.offset])
        if let text = item.element.text { object.member("text", String(text.prefix(300))) }
        if thumbnailsLeft > 0, let image = item.element.image,
          let url = Thumbnail.url(of: image, pixels: 96)
        {
          thumbnailsLeft -= 1
          object.member("thumbnail", url)
        }
      }
      let order = nearest.indices.sorted { (nearest[$0], $0) < (nearest[$1], $1) }
      object.member("outliers", Array(order.prefix(outlierCount)))
    }
  }

  /// The cosine of each row with the nearest other.
  private static func nearest(_ vectors: Tensor) throws -> [Float] {
    guard vectors.rowCount > 0, vectors.rowWidth > 0 else { return [] }
    let block = VectorBlock(vectors).coded()
    return try stride(from: 0, to: vectors.rowCount, by: 64).flatMap { start in
      let rows = start..<min(start + 64, vectors.rowCount)
      let hits = try ExactSearch().topK(vectors.rows(rows), in: [block], k: 2, precision: .int8)
      return zip(rows, hits).map { row, hits in hits.first { $0.row != row }?.score ?? 0 }
    }
  }
}
