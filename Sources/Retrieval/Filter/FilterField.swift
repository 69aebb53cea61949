/// What a test looks at.
package enum FilterField: Sendable, Equatable {
  /// A fact that every row has, or may have.
  case fact(Fact)
  /// Keys of the row's own fields, from the top.
  case metadata([String])

  package enum Fact: String, Sendable, CaseIterable {
    case id, text, image, path, folder, name, kind, line, width, height, bytes, modified, taken

    package var isDate: Bool { self == .modified || self == .taken }
    package var isNumber: Bool { [.line, .width, .height, .bytes].contains(self) }
  }

  /// What stands in a condition, as this field is compared with it.
  func reading(_ value: FilterValue) -> FilterValue {
    guard case .fact(let fact) = self, !fact.isNumber, case .number(let number) = value else {
      return value
    }
    return .text(number.spelled)
  }

  fileprivate var spelled: String {
    switch self {
    case .fact(let fact): fact.rawValue
    case .metadata(let keys): keys.joined(separator: ".")
    }
  }
}

extension DiskStore {
  /// Fields of a condition that no row has, as they are written. Where there is none, all rows are
  /// looked at.
  package func missingFields(of filter: Filter) throws -> [String] {
    try filter.fields.filter { field in
      try rows(StoreSelection(filter: Filter(condition: .exists(field)), limit: 1)).isEmpty
    }
    .map(\.spelled)
  }
}

extension Filter {
  /// What the condition looks at, each once.
  fileprivate var fields: [FilterField] {
    var fields: [FilterField] = []
    for field in condition.fields where !fields.contains(field) { fields.append(field) }
    return fields
  }
}

extension Filter.Condition {
  fileprivate var fields: [FilterField] {
    switch self {
    case .or(let parts), .and(let parts): parts.flatMap(\.fields)
    case .not(let part): part.fields
    case .compare(let field, _, _), .isIn(let field, _), .like(let field, _),
      .contains(let field, _), .exists(let field):
      [field]
    }
  }
}
