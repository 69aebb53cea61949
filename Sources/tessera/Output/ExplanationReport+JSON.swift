import Embedders
import JSON

extension ExplanationReport {
  var json: String {
    var json = JSONWriter()
    json.writeObject { object in
      object.member("cosine") { $0.write(explanation.cosine) }
      object.member("dimension_groups") {
        $0.writeArray(explanation.dimensionGroups) { json, group in
          json.writeObject { object in
            object.member("dimensions") { $0.write(group.dimensions) }
            object.member("value") { $0.write(group.value) }
          }
        }
      }
      object.member("items") {
        $0.writeArray(zip(rows, [explanation.first, explanation.second])) { json, item in
          json.writeObject { object in
            item.0.writeFields(to: &object)
            item.1.writeFields(to: &object)
          }
        }
      }
    }
    return json.text + "\n"
  }
}

extension Explanation.Side {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    object.member("contributions") { json in
      json.writeObject { contributions.writeFields(to: &$0) }
    }
    object.member("attention") { $0.writeArray(attention) { $0.write($1) } }
    object.member("left_out") {
      $0.writeArray(omissions) { json, omission in
        json.writeObject { omission.writeFields(to: &$0) }
      }
    }
    if let fusion {
      object.member("fusion") { json in
        json.writeObject { object in
          object.member("cosine_with_image") { $0.write(fusion.cosineWithImage) }
          object.member("cosine_with_text") { $0.write(fusion.cosineWithText) }
          object.member("image_similarity") { $0.write(fusion.imageSimilarity) }
          object.member("text_similarity") { $0.write(fusion.textSimilarity) }
          object.member("image_effect") { $0.write(fusion.imageEffect) }
          object.member("text_effect") { $0.write(fusion.textEffect) }
          object.member("image_share") { $0.write(fusion.imageShare ?? .nan) }
          object.member("text_share") { $0.write(fusion.textShare ?? .nan) }
        }
      }
    }
  }
}

extension Explanation.Contributions {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    object.member("embeddings") { $0.write(embeddings) }
    object.member("layers") {
      $0.writeArray(layers) { json, layer in
        json.writeObject { object in
          object.member("heads") { $0.writeArray(layer.heads) { $0.write($1) } }
          object.member("feed_forward") { $0.write(layer.feedForward) }
          object.member("biases") { $0.write(layer.biases) }
          object.member("norms") { $0.write(layer.norms) }
        }
      }
    }
    object.member("final_norm") { $0.write(finalNorm) }
    object.member("sum") { $0.write(sum) }
    object.member("residual") { $0.write(residual) }
  }
}

extension Explanation.Omission {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    switch part {
    case .words(let words): object.member("words") { $0.writeArray(words) { $0.write($1) } }
    case .patches(let rows, let columns):
      object.member("patch_rows") { $0.write(rows) }
      object.member("patch_columns") { $0.write(columns) }
    }
    object.member("vector_change") { $0.write(vectorChange) }
    object.member("similarity_change") { $0.write(similarityChange) }
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ values: Explanation.BySource) {
    writeObject { object in
      object.member("special") { $0.write(values.special) }
      object.member("image") { $0.write(values.image) }
      object.member("text") { $0.write(values.text) }
    }
  }
}
