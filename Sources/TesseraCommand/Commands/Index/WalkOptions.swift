import ArgumentParser
import TesseraRetrieval

/// Options that choose among the files of folders.
struct WalkOptions: ParsableArguments {
  enum Captions: String, ExpressibleByArgument, CaseIterable {
    /// A text beside a picture of its name is one item with it.
    case pair
    /// It is a text like others.
    case apart
  }

  @Option(help: "Only files that fit: *.jpg, or trips/** of a path from PATH; may be repeated.")
  var include: [String] = []
  @Option(help: "No files or folders that fit; may be repeated.") var exclude: [String] = []
  @Flag(help: "Go where symbolic links in folders point.") var followLinks = false
  @Option(help: "Whether a.txt beside a.jpg is its caption, or a text apart.")
  var captions = Captions.pair

  var walk: FileWalk {
    var walk = FileWalk()
    walk.include = include.map { GlobPattern($0) }
    walk.exclude = exclude.map { GlobPattern($0) }
    walk.followsLinks = followLinks
    walk.pairsCaptions = captions == .pair
    return walk
  }
}
