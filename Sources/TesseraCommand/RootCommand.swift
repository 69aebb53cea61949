import ArgumentParser
import Foundation
import TesseraFiles
import TesseraTensors

@main
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tessera",
    abstract: "Embeddings of text, of images, and of both in one vector.",
    discussion: """
      Results go to standard output, notes and errors to standard error. Exit status: 0; 1 where \
      something failed; 64 for wrong arguments.

      Words behind an option may begin with a dash: --text "-5 degrees". Other arguments that do stand \
      behind two: tessera search --in NAME -- "-5 degrees".
      """,
    subcommands: [
      EncodeCommand.self, SimilarityCommand.self, RankCommand.self, RerankCommand.self,
      ClassifyCommand.self,
      CaptionCommand.self, AnswerCommand.self, MatchCommand.self,
      IndexCommand.self, SearchCommand.self, DuplicatesCommand.self, MapCommand.self,
      StoreCommand.self, EvalCommand.self, TokenizeCommand.self,
      PlanCommand.self, ExplainCommand.self, InspectCommand.self,
      AttentionCommand.self, DiffCommand.self, BenchCommand.self,
      PullCommand.self, ModelsCommand.self, ServeCommand.self, AskCommand.self,
      ChatCommand.self,
    ])

  @Flag(help: "Print the version.") var version = false
  @Flag(help: "With --version: which kernels run here, and what the processor could do.")
  var verbose = false

  func run() throws {
    guard version else { throw CleanExit.helpRequest(self) }
    try VersionReport.write(isVerbose: verbose)
  }

  /// Errors of the run end with status 1, those of the arguments with 64.
  static func main() {
    StandardStreams.reserve()
    Interruption.install()
    // A reader that goes away shows as EPIPE, which ends the run quietly.
    signal(SIGPIPE, SIG_IGN)
    // A file that grows beyond what the user may write shows as EFBIG, which is reported.
    signal(SIGXFSZ, SIG_IGN)
    do {
      try requireUnicodeArguments()
      try NoCommand.check(Array(CommandLine.arguments.dropFirst()), of: configuration)
      var command = try ArgumentCheck.parse(Self.self)
      try command.run()
    } catch let error as FileError where error.code == EPIPE {
      exit(withoutMessage: 128 + SIGPIPE)
    } catch let error as NoCommand {
      StandardError.write("Error: \(error)")
      exit(withoutMessage: ExitCode.validationFailure.rawValue)
    } catch let error where isOfTheRun(error) {
      StandardError.write("error: \(error)")
      exit(withoutMessage: 1)
    } catch let error as ValidationError {
      end(error)
    } catch {
      exit(withError: error)
    }
  }

  /// Swift repairs an argument that is not UTF-8, and would encode a text that nobody gave.
  private static func requireUnicodeArguments() throws {
    for i in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[i] else { return }
      if String(validatingCString: argument) == nil {
        throw ValidationError("Argument \(i) is not valid UTF-8.")
      }
    }
  }

  private static func isOfTheRun(_ error: any Error) -> Bool {
    !(error is CleanExit || error is ExitCode || error is ValidationError)
      && exitCode(for: error) == .failure
  }

  /// Ends with what is wrong with the arguments, below it the command's usage where the parser can tell
  /// it; it would put that of all commands there.
  private static func end(_ error: ValidationError) -> Never {
    do {
      _ = try ArgumentCheck.meet(error, in: Self.self)
    } catch is ValidationError {
      // No usage.
    } catch {
      exit(withError: error)
    }
    StandardError.write("Error: \(error)")
    exit(withoutMessage: exitCode(for: error).rawValue)
  }

  private static func exit(withoutMessage status: Int32) -> Never { Foundation.exit(status) }
}
