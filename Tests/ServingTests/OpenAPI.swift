import Foundation
import TesseraJSON
import TesseraServing

/// The server's own description, against which answers are held.
struct OpenAPI {
  let root: JSONValue

  init(_ service: Service) async throws {
    let answer = try await service.answer(Question(method: "GET", path: "/openapi.json"))
    root = try answer.body.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
  }

  /// What of an answer the description does not allow; nil where it is as described.
  ///
  /// Methods that a path does not describe have no answer to be held against.
  func objection(to answer: Answer, of method: String, _ path: String) throws -> String? {
    let known = root["paths"]?[path] != nil
    // A browser's question before its own is no operation.
    guard method != "OPTIONS" else { return nil }
    let operation =
      root["paths"]?[known ? path : Self.template(path)]?[method.lowercased()]
    guard let operation else { return answer.status < 400 ? "\(path) is not described" : nil }
    guard let responses = operation["responses"] else { return "no responses" }
    guard let response = responses["\(answer.status)"] ?? responses["default"] else {
      return "\(answer.status) is not described"
    }
    guard let content = resolved(response)["content"] else {
      return answer.body.isEmpty ? nil : "a body where none is described"
    }
    let type = answer.header("content-type")?.split(separator: ";").first.map(String.init) ?? ""
    guard let media = content[type] ?? content[type.prefix { $0 != "/" } + "/*"] else {
      return "the type \(type) is not described"
    }
    guard type == "application/json", let schema = media["schema"] else { return nil }
    let value = try answer.body.withUnsafeBytes {
      try JSONReader.read($0) { try $0.readValue() }
    }
    return objection(to: value, schema, at: "the answer")
  }

  private static func template(_ path: String) -> String {
    path.hasPrefix("/v1/models/") ? "/v1/models/{id}" : path
  }

  private func resolved(_ value: JSONValue) -> JSONValue {
    guard let reference = value["$ref"]?.string else { return value }
    return reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] ?? .null }
  }

  // MARK: Schemas

  /// The keywords of JSON Schema that the description uses.
  private static let keywords: Set<String> = [
    "$ref", "type", "const", "enum", "anyOf", "oneOf", "properties", "required",
    "additionalProperties", "items", "minItems", "maxItems", "minLength", "minimum", "maximum",
    "description", "format",
  ]

  func objection(to value: JSONValue, _ given: JSONValue, at place: String) -> String? {
    let schema = resolved(given)
    guard case .object(let members) = schema else { return "\(place): no schema" }
    if let unknown = members.first(where: { !Self.keywords.contains($0.key) }) {
      return "\(place): the keyword \(unknown.key) is not checked"
    }
    if let constant = schema["const"], constant != value { return "\(place): not \(constant)" }
    if let choices = schema["enum"]?.array, !choices.contains(value) {
      return "\(place): \(value) is none of the choices"
    }
    if let type = schema["type"], !(type.array ?? [type]).contains(where: { value.isA($0) }) {
      return "\(place): \(value) is no \(type)"
    }
    if let choices = (schema["anyOf"] ?? schema["oneOf"])?.array {
      let objections = choices.map { objection(to: value, $0, at: place) }
      let count = objections.count { $0 == nil }
      guard schema["oneOf"] == nil ? count > 0 : count == 1 else {
        return "\(count) choices fit: \(objections)"
      }
    }
    return objection(toMembersOf: value, schema, place)
      ?? objection(toElementsOf: value, schema, place)
  }

  private func objection(
    toMembersOf value: JSONValue, _ schema: JSONValue, _ place: String
  ) -> String? {
    guard case .object(let members) = value else { return nil }
    for name in schema["required"]?.array ?? [] where value[name.string ?? ""] == nil {
      return "\(place) has no \(name.string ?? "")"
    }
    for member in members {
      let further = schema["additionalProperties"]
      if let known = schema["properties"]?[member.key] {
        if let found = objection(to: member.value, known, at: "\(place).\(member.key)") {
          return found
        }
      } else if further == .bool(false) {
        return "\(place).\(member.key) is not described"
      } else if case .object? = further {
        if let further, let found = objection(to: member.value, further, at: place) { return found }
      }
    }
    return nil
  }

  private func objection(
    toElementsOf value: JSONValue, _ schema: JSONValue, _ place: String
  ) -> String? {
    guard let elements = value.array, let items = schema["items"] else { return nil }
    for (index, element) in elements.enumerated() {
      if let found = objection(to: element, items, at: "\(place)[\(index)]") { return found }
    }
    return nil
  }
}

extension JSONValue {
  fileprivate func isA(_ type: JSONValue) -> Bool {
    switch (self, type.string) {
    case (.object, "object"), (.array, "array"), (.string, "string"), (.bool, "boolean"),
      (.null, "null"), (.number, "number"):
      true
    case (.number(let number), "integer"): number == number.rounded()
    default: false
    }
  }
}
