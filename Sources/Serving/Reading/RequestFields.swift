import TesseraJSON

/// The members of a request's JSON object, each of which is honoured or refused by its name.
struct RequestFields {
  let config: Config

  /// - Throws: `Problem`, `FieldError`.
  init(_ question: Question) throws {
    if let encoding = question.headers["content-encoding"], encoding != "identity" {
      throw Problem(
        .unsupportedEncoding,
        "content-encoding \(encoding.prefix(20)): bodies are read as they are, not unpacked")
    }
    guard !question.body.isEmpty else {
      throw Problem(.badJSON, "the request has no body; a JSON object is expected")
    }
    config = try question.body.withUnsafeBytes { try Config($0, file: "the request") }
  }

  init(_ config: Config) { self.config = config }

  /// Hugging Face's clients put options into `parameters`; here they stand beside the others.
  ///
  /// - Throws: `FieldError`.
  func withParameters() throws -> RequestFields {
    let name = "parameters"
    guard let apart = try config.optional(name) else { return self }
    let beside = try config.field.members().filter { $0.key != name }
    let options = try apart.members().filter { !$0.value.isNull }
    return RequestFields(
      try Config(Field(value: .object(beside + options), place: config.field.place)))
  }

  /// Refuses members that nobody here reads, as they might have changed the answer.
  ///
  /// - Parameters:
  ///   - read: members that are read.
  ///   - harmless: members that change nothing.
  ///   - defaults: members that are not read, and what they say where they change nothing.
  func allow(
    _ read: [String], harmless: [String] = [], only defaults: [String: [JSONValue]] = [:]
  ) throws {
    for member in try config.field.members() {
      if read.contains(member.key) || harmless.contains(member.key) || member.value.isNull {
        continue
      }
      if defaults[member.key]?.contains(member.value) ?? false { continue }
      throw Problem(
        .invalid,
        defaults[member.key] == nil
          ? "'\(member.key.prefix(40))' is not known here"
          : "'\(member.key)' is not supported with this value", field: member.key)
    }
  }

  func string(_ key: String) throws -> String? { try config.optional(key)?.string() }
  func bool(_ key: String) throws -> Bool? { try config.optional(key)?.bool() }
  func field(_ key: String) throws -> Field? { try config.optional(key) }

  func int(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    try config.optional(key)?.int(in: range)
  }

  func required(_ key: String) throws -> Field { try config.required(key) }
}
