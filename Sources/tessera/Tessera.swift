import ArgumentParser
import Foundation
import Tensors

@main
struct Tessera: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tessera",
    abstract: "Embeddings of text, of images, and of both in one vector.",
    subcommands: [
      EncodeCommand.self, SimilarityCommand.self, ClassifyCommand.self, TokenizeCommand.self,
      InspectCommand.self, DiffCommand.self, BenchCommand.self,
    ])

  /// Errors of the run end with status 1, those of the arguments with 64.
  static func main() {
    // A reader that goes away shows as EPIPE, which ends the run quietly.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as FileError where error.code == EPIPE {
      exit(withoutMessage: 128 + SIGPIPE)
    } catch let error where isOfTheRun(error) {
      StandardError.write("error: \(error)")
      exit(withoutMessage: 1)
    } catch {
      exit(withError: error)
    }
  }

  private static func isOfTheRun(_ error: any Error) -> Bool {
    !(error is CleanExit || error is ExitCode || error is ValidationError)
      && exitCode(for: error) == .failure
  }

  private static func exit(withoutMessage status: Int32) -> Never { Foundation.exit(status) }
}
