import ArgumentParser

/// What is said beside the results.
struct NoiseOptions: ParsableArguments {
  @Flag(help: "No progress and no notes on standard error; errors are said.") var quiet = false

  func validate() { if quiet { StandardError.isQuiet.store(true, ordering: .relaxed) } }
}
