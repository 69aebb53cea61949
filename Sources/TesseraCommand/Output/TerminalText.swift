extension String {
  /// What a model writes steers no terminal.
  var withoutControls: String {
    String(
      UnicodeScalarView(
        unicodeScalars.filter {
          $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
        }))
  }

  /// A message with names of files in it: what would steer a terminal is spelled.
  var spellingControls: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      if scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control {
        text.unicodeScalars.append(scalar)
      } else {
        text += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
  }
}
