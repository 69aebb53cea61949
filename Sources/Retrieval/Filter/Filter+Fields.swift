extension Filter {
  package init(condition: Condition) { self.condition = condition }

  /// What the condition looks at, each once.
  fileprivate var fields: [FilterField] {
    var fields: [FilterField] = []
    for field in condition.fields where !fields.contains(field) { fields.append(field) }
    return fields
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

extension FilterField {
  fileprivate var spelled: String {
    switch self {
    case .fact(let fact): fact.rawValue
    case .metadata(let keys): keys.joined(separator: ".")
    }
  }
}
