import Foundation

/// A moment as `strftime_now` tells it.
struct Clock {
  private let parts: DateComponents

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let days = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  init(_ date: Date, in zone: TimeZone) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second, .weekday, .dayOfYear], from: date)
  }

  /// Python's `strftime` of an English or C locale.
  ///
  /// - Throws: `TemplateError.Fault` for a directive that is not known.
  func text(_ format: String) throws -> String {
    var text = ""
    var rest = format.unicodeScalars[...]
    while let next = rest.popFirst() {
      guard next == "%" else {
        text.unicodeScalars.append(next)
        continue
      }
      guard var directive = rest.popFirst() else { return text + "%" }
      let isBare = directive == "-"
      if isBare {
        guard let behind = rest.popFirst() else { return text + "%-" }
        directive = behind
      }
      text += try part(directive, isBare: isBare)
    }
    return text
  }

  private func part(_ directive: Unicode.Scalar, isBare: Bool) throws -> String {
    func digits(_ number: Int?, _ width: Int) -> String {
      let text = "\(number ?? 0)"
      return isBare ? text : String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let (month, day) = ((parts.month ?? 1) - 1, (parts.weekday ?? 1) - 1)
    let hour = parts.hour ?? 0
    switch directive {
    case "d": return digits(parts.day, 2)
    case "m": return digits(parts.month, 2)
    case "y": return digits((parts.year ?? 0) % 100, 2)
    case "H": return digits(hour, 2)
    case "I": return digits((hour + 11) % 12 + 1, 2)
    case "M": return digits(parts.minute, 2)
    case "S": return digits(parts.second, 2)
    case "j": return digits(parts.dayOfYear, 3)
    default: break
    }
    guard !isBare else { throw TemplateError.Fault.unsupported("%-\(directive) of a date") }
    switch directive {
    case "Y": return "\(parts.year ?? 0)"
    case "B": return Self.months[month]
    case "b": return String(Self.months[month].prefix(3))
    case "A": return Self.days[day]
    case "a": return String(Self.days[day].prefix(3))
    case "p": return hour < 12 ? "AM" : "PM"
    case "F": return try text("%Y-%m-%d")
    case "T": return try text("%H:%M:%S")
    case "%": return "%"
    default: throw TemplateError.Fault.unsupported("%\(directive) of a date")
    }
  }
}
