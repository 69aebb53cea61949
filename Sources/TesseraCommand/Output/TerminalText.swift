extension String {
  /// What a model writes steers no terminal.
  var withoutControls: String {
    String(
      UnicodeScalarView(
        unicodeScalars.filter {
          $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
        }))
  }
}
