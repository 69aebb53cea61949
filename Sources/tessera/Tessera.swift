import ArgumentParser

@main
struct Tessera: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Embeddings of text, of images, and of both in one vector.")
}
