import TesseraEmbedders
import TesseraJSON
import TesseraStudy

extension ExplanationReport {
  var json: String {
    JSONWriter.line { object in
      object.member("cosine", explanation.cosine)
      object.objects("dimension_groups", explanation.dimensionGroups) { object, group in
        object.member("dimensions", group.dimensions)
        object.member("value", group.value)
      }
      object.objects("items", zip(rows, [explanation.first, explanation.second])) { object, item in
        item.0.writeFields(to: &object)
        item.1.writeFields(to: &object)
      }
    }
  }
}

extension Explanation.Side {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    object.object("contributions") { contributions.writeFields(to: &$0) }
    object.member("attention", attention)
    if let cells {
      object.object("cells") { object in
        object.member("columns", cells.columns)
        object.member("values", cells.values)
      }
    }
    object.objects("left_out", omissions) { $1.writeFields(to: &$0) }
    if let fusion {
      object.object("fusion") { object in
        object.member("cosine_with_image", fusion.cosineWithImage)
        object.member("cosine_with_text", fusion.cosineWithText)
        object.member("image_similarity", fusion.imageSimilarity)
        object.member("text_similarity", fusion.textSimilarity)
        object.member("image_effect", fusion.imageEffect)
        object.member("text_effect", fusion.textEffect)
        object.member("image_share", fusion.imageShare ?? .nan)
        object.member("text_share", fusion.textShare ?? .nan)
      }
    }
  }
}

extension Explanation.Contributions {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    object.member("embeddings", embeddings)
    object.objects("layers", layers) { object, layer in
      object.member("heads", layer.heads)
      object.member("feed_forward", layer.feedForward)
      object.member("biases", layer.biases)
      object.member("norms", layer.norms)
    }
    object.member("final_norm", finalNorm)
    object.member("sum", sum)
    object.member("residual", residual)
  }
}

extension Explanation.Omission {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    switch part {
    case .words(let words): object.member("words", words)
    case .patches(let rows, let columns):
      object.member("patch_rows", rows)
      object.member("patch_columns", columns)
    }
    object.member("vector_change", vectorChange)
    object.member("similarity_change", similarityChange)
  }
}

extension Explanation.BySource: JSONWritable {
  package func writeJSON(to json: inout JSONWriter) {
    json.writeObject { object in
      object.member("special", special)
      object.member("image", image)
      object.member("text", text)
    }
  }
}
