import TesseraJSON

/// A route as a tool.
struct MCPTool {
  let name: String
  let path: String
  let description: String
  /// JSON Schema of what it is given.
  let schema: String

  /// The tools that a service has: those of search only where it has an index.
  static func all(of service: Service) -> [MCPTool] {
    service.indexes.isEmpty ? [embed, similarity] : [search, embed, similarity]
  }

  func write(to object: inout JSONWriter.ObjectWriter) {
    object.member("name", name)
    object.member("description", description)
    object.member("inputSchema") { $0.writeRaw(schema) }
    object.object("annotations") { $0.member("readOnlyHint", true) }
  }

  private static let search = MCPTool(
    name: "search", path: "/v1/search",
    description: "Finds the texts and pictures of an index that mean nearest to a query.",
    schema: #"""
      {"type":"object","properties":{"query":{"description":"Words, or an object with text and image \#
      (base64), which are one query together.","anyOf":[{"type":"string"},{"type":"object",\#
      "properties":{"text":{"type":"string"},"image":{"type":"string"}}}]},"k":{"type":"integer",\#
      "minimum":1,"maximum":1000,"description":"How many hits; 10 by default."},"where":{"type":\#
      "string","description":"A condition, such as: kind = picture and width >= 1000"},"index":\#
      {"type":"string"}},"required":["query"],"additionalProperties":false}
      """#)

  private static let embed = MCPTool(
    name: "embed", path: "/v1/embeddings",
    description: "Turns a text, or several, into vectors.",
    schema: #"""
      {"type":"object","properties":{"input":{"anyOf":[{"type":"string"},{"type":"array","items":\#
      {"type":"string"}}]},"dimensions":{"type":"integer","minimum":1}},"required":["input"],\#
      "additionalProperties":false}
      """#)

  private static let similarity = MCPTool(
    name: "similarity", path: "/similarity",
    description: "Tells how near a text is to others in meaning: cosines.",
    schema: #"""
      {"type":"object","properties":{"inputs":{"type":"object","properties":{"source_sentence":\#
      {"type":"string"},"sentences":{"type":"array","items":{"type":"string"}}},"required":\#
      ["source_sentence","sentences"]}},"required":["inputs"],"additionalProperties":false}
      """#)
}
