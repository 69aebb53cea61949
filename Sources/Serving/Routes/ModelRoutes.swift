import Foundation
import TesseraEmbedders
import TesseraJSON

/// OpenAI's list of models, of all kinds that are served.
enum ModelRoutes {
  static let all: [String: [String: Route]] = [
    "/v1/models": ["GET": models], "/models": ["GET": models],
  ]

  static let path = "/v1/models/"
  static let model = Route(.openAI, isCounted: false) { service, question in
    let name = String(question.path.dropFirst(path.count)).removingPercentEncoding ?? ""
    let model = try service.models.any(name)
    return .json(JSONWriter.line { write(model, to: &$0) })
  }

  private static let models = Route(.openAI, isCounted: false) { service, _ in
    .json(
      JSONWriter.line { object in
        object.member("object", "list")
        object.objects("data", service.models.contents.all) { write($1, to: &$0) }
      })
  }

  private static func write(_ model: any NamedModel, to object: inout JSONWriter.ObjectWriter) {
    object.member("id", model.name)
    object.member("object", "model")
    object.member("created", model.created)
    object.member("owned_by", "tessera")
    switch model {
    case let model as ServedModel:
      object.member("kind", "embedder")
      object.member("max_model_len", model.embedder.maximumTextTokens)
      object.member("dimensions", model.embedder.dimension)
      object.member("modalities", model.embedder.supportsImages ? ["text", "image"] : ["text"])
      object.member("prompts", model.embedder.prompts.keys.sorted())
    case let model as ServedReranker:
      object.member("kind", model.reranker.labels.count == 1 ? "reranker" : "classifier")
      object.member("max_model_len", model.reranker.maximumTokens)
      object.member("labels", model.reranker.labels)
    case let model as ServedChat:
      object.member("kind", "chat")
      object.member("max_model_len", model.chat.contextLength)
      object.member("modalities", model.chat.seesPictures ? ["text", "image"] : ["text"])
    default: break
    }
  }
}
