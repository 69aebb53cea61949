import TesseraJSON

/// What of a model's answer a folder's chain of modules begins with, in the reference's words.
struct ModelReading {
  let task: String
  /// What is called for each kind of input.
  let methods: [String: String]
  let output: String
  let feature: String
  /// Whether the folder's own template must make a conversation of what is read.
  let isConversation: Bool

  init(_ folder: ModelFiles, _ family: any ModelFamily.Type) throws {
    guard !family.givesFeatures else {
      task = "feature-extraction"
      methods = ["text": "get_text_features", "image": "get_image_features"]
      (output, feature) = ("pooler_output", "sentence_embedding")
      isConversation = false
      return
    }
    let kinds = folder.modules?.kinds ?? []
    isConversation = kinds.contains("LogitScore")
    let isClassifier = try folder.classifierArchitecture() != nil
    methods =
      isConversation || isClassifier
      ? ["text": "forward", "message": "forward"] : ["text": "forward"]
    (task, output, feature) =
      if isConversation {
        ("text-generation", "logits", "causal_logits")
      } else if kinds.contains("SpladePooling") {
        ("fill-mask", "logits", "token_embeddings")
      } else if isClassifier {
        ("sequence-classification", "logits", "scores")
      } else {
        ("feature-extraction", "last_hidden_state", "token_embeddings")
      }
  }
}
