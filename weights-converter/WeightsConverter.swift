import ArgumentParser

@main
struct WeightsConverter: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights-converter",
    abstract: "Turns PyTorch checkpoints into a model folder for tessera.")
}
