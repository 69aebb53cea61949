import Foundation
import TesseraJSON
import TesseraTemplates
import Testing

/// Texts are those of Jinja as transformers sets it; see Tests/reference/templates.
@Suite struct TemplateTests {
  /// The goldens' clock stands still.
  private static let now = Date(timeIntervalSince1970: 1_720_083_903)

  private static func file(_ name: String) throws -> JSONValue {
    let url = try #require(Bundle.module.url(forResource: "Cases/\(name)", withExtension: "json"))
    return try Data(contentsOf: url).withUnsafeBytes {
      try JSONReader.read($0) { try $0.readValue() }
    }
  }

  private static func members(_ value: JSONValue?) throws -> [JSONValue.Member] {
    guard case .object(let members)? = value else { throw MissingValue() }
    return members
  }

  private struct MissingValue: Error {}

  private func text(
    _ template: String, _ values: [JSONValue.Member], name: String = "t"
  ) throws -> String {
    try Template(template, name: name)
      .text(values, at: Self.now, in: try #require(TimeZone(secondsFromGMT: 0)))
  }

  @Test func `every construct gives Jinja's text`() throws {
    let file = try Self.file("small")
    let values = try Self.members(file["values"])
    for entry in try #require(file["cases"]?.array) {
      let template = try #require(entry["template"]?.string)
      let expected = try #require(entry["text"]?.string)
      let found = try text(template, values)
      #expect(found.utf8.elementsEqual(expected.utf8), "\(template)\n\(found)\n\(expected)")
    }
  }

  @Test func `what is wrong or not known is refused by its name`() throws {
    let file = try Self.file("small")
    let values = try Self.members(file["values"])
    for entry in try #require(file["wrong"]?.array) {
      let template = try #require(entry["template"]?.string)
      let error = #expect(throws: TemplateError.self, "\(template)") {
        try text(template, values)
      }
      let part = try #require(entry["part"]?.string)
      #expect(
        error?.description.contains(part) == true, "\(template): \(String(describing: error))")
    }
  }

  @Test func `conversations become the prompts of transformers`() throws {
    let file = try Self.file("chats")
    for template in try #require(file["templates"]?.array) {
      let name = try #require(template["name"]?.string)
      let source = try #require(template["template"]?.string)
      for entry in try #require(template["cases"]?.array) {
        let conversation = try #require(entry["conversation"]?.string)
        let values =
          try Self.members(file["tokens"]) + [
            .init(key: "messages", value: try #require(file["conversations"]?[conversation])),
            .init(
              key: "tools", value: entry["tools"]?.bool == true ? file["tools"] ?? .null : .null),
            .init(key: "documents", value: .null),
            .init(key: "add_generation_prompt", value: entry["prompt"] ?? .null),
          ]
        if let expected = entry["text"]?.string {
          let found = try text(source, values)
          #expect(found.utf8.elementsEqual(expected.utf8), "\(name), \(conversation)")
        } else {
          #expect(throws: TemplateError.self, "\(name), \(conversation)") {
            try text(source, values)
          }
        }
      }
    }
  }

  @Test func `an error says where it is`() throws {
    let error = #expect(throws: TemplateError.self) {
      try text("a\n{% if true %}\n  {{ x.y }}\n{% endif %}", [], name: "chat_template.jinja")
    }
    #expect(error?.description == "chat_template.jinja, line 3: 'x' is undefined")
  }

  @Test func `templates that would not end, or fill the memory, are refused`() {
    for template in [
      "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
      "{{ 'a' * 99999999 }}", "{{ 9223372036854775807 + 1 }}", "{{ 2 ** 200 }}",
      String(repeating: "(", count: 5000), "{{ " + String(repeating: "not ", count: 5000) + "1 }}",
      String(repeating: "{% if 1 %}", count: 5000),
    ] {
      let template = template.hasPrefix("(") ? "{{ \(template)" : template
      #expect(throws: TemplateError.self, "\(template.prefix(40))") { try text(template, []) }
    }
  }
}
