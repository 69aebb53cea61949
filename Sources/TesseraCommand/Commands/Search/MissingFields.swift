import TesseraFiles
import TesseraRetrieval

extension KeptStore {
  /// Says which fields of a condition no row has, once nothing was found: most likely misspelled ones.
  func noteMissingFields(of filter: Filter?) throws {
    // A server would have to send all of its rows.
    guard let filter, let store = self as? DiskStore else { return }
    for field in try store.missingFields(of: filter) {
      let fact = FilterField.Fact(rawValue: field.lowercased())?.rawValue
      let hint = fact.map { $0 == field ? "" : "; there is \($0), in small letters" } ?? ""
      StandardError.note("no row has the field \(field.quoted)\(hint)")
    }
  }
}
