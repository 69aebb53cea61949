import TesseraFiles
import TesseraJSON

/// Why a folder or a set of files is not a checkpoint.
package enum CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A folder without any of the files that a checkpoint may consist of.
  case noWeights(folder: String, expected: [String])
  case unknownFormat(file: String)
  case gitLFSPointer(file: String)
  case webPage(file: String)
  case adapter(file: String)
  case index(file: String, JSONError)
  case indexMissingWeightMap(file: String)
  case indexFieldTwice(file: String, field: String)
  case indexNameTwice(file: String, name: String)
  /// A shard's file name must be bare, so that an index cannot lead out of its folder.
  case shardNameNotBare(file: String, found: String)
  case shardMissing(file: String, shard: String)
  case tensorMissing(shard: String, name: String, index: String)
  case tensorInTwoShards(name: String, String, String)
  case tensorNotInIndex(shard: String, name: String, index: String)

  package var description: String {
    switch self {
    case .noWeights(let folder, let expected):
      "\(folder): expected one of \(expected.joined(separator: ", ")), found none"
    case .unknownFormat(let file):
      "\(file): expected a safetensors or PyTorch checkpoint, found neither"
    case .gitLFSPointer(let file):
      "\(file): a Git LFS pointer in place of the weights; \"git lfs pull\" in its folder fetches them"
    case .webPage(let file):
      "\(file): a web page in place of the weights, as a portal or a failed download leaves it;"
        + " fetch the file again"
    case .adapter(let file):
      "\(file): an adapter (PEFT) changes the weights beside it, and adapters are not supported;"
        + " merge it into them with PEFT's merge_and_unload()"
    case .index(let file, let error): "\(file): \(error)"
    case .indexMissingWeightMap(let file): "\(file): no weight_map"
    case .indexFieldTwice(let file, let field): "\(file): \(field) stands twice"
    case .indexNameTwice(let file, let name): "\(file): the name \(name.quoted) stands twice"
    case .shardNameNotBare(let file, let found):
      "\(file): expected bare file names in weight_map, found \(found.quoted)"
    case .shardMissing(let file, let shard):
      "\(file): the shard \(shard.quoted) is not in the folder"
    case .tensorMissing(let shard, let name, let index):
      "\(shard): expected the tensor \(name.quoted), which \(index) places there, found none"
    case .tensorInTwoShards(let name, let one, let other):
      "the tensor \(name.quoted) stands in two shards, \(one) and \(other)"
    case .tensorNotInIndex(let shard, let name, let index):
      "\(shard): the tensor \(name.quoted) is not in \(index)"
    }
  }
}
