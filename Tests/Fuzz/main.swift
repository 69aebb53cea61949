import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// TesseraFuzz [--minutes M | --count N] [--seed S] [--unlimited] [TARGET …]
//
// Feeds changed files to the readers. A reader may refuse a file by any error; it may not crash, hang,
// or ask for memory out of all proportion. Each target runs in a process of its own, and the file that
// ended it is kept.

struct Options {
  var minutes: Double?
  var count = 20_000
  var seed: UInt64 = 1
  var targets: [String] = []
  /// Whether this is the process that reads.
  var reads = false
  /// Whether it may take any memory, as it must where an address sanitizer maps terabytes.
  var isUnlimited = false

  init(_ arguments: [String]) {
    var arguments = arguments[...]
    while let argument = arguments.popFirst() {
      switch argument {
      case "--minutes": minutes = arguments.popFirst().flatMap(Double.init)
      case "--count": count = arguments.popFirst().flatMap(Int.init) ?? count
      case "--seed": seed = arguments.popFirst().flatMap(UInt64.init) ?? seed
      case "--read": reads = true
      case "--unlimited": isUnlimited = true
      default: targets.append(argument)
      }
    }
  }
}

let options = Options(Array(CommandLine.arguments.dropFirst()))
let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
let targets = Target.all.filter { options.targets.isEmpty || options.targets.contains($0.name) }
if targets.isEmpty {
  print("targets: \(Target.all.map(\.name).joined(separator: " "))")
  exit(64)
}
if options.reads {
  try targets.forEach(read)
} else {
  exit(try targets.reduce(0) { try $0 + watch($1) } == 0 ? 0 : 1)
}

/// Where a target's file stands; in memory, if the system has such a folder.
func place(of target: Target) throws -> URL {
  let memory = URL(filePath: "/dev/shm")
  let parent =
    FileManager.default.isWritableFile(atPath: memory.path)
    ? memory : FileManager.default.temporaryDirectory
  let folder = parent.appending(path: "tessera-fuzz-\(target.name)-\(options.seed)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder
}

/// Reads one file after another, and tells standard output every thousand how many there were.
func read(_ target: Target) throws {
  var memory = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
  #if os(Linux)
    if !options.isUnlimited { setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory) }
  #endif
  let folder = try place(of: target)
  let samples = try target.samples(below: root, beside: folder)
  guard !samples.isEmpty else { return print("end 0 0") }
  let words = target.words.map { Array($0.utf8) }
  let file = folder.appending(path: target.fileName)
  let end = options.minutes.map { Date(timeIntervalSinceNow: $0 * 60 * target.share) }
  var (count, refused) = (0, 0)
  for index in 0... {
    if end.map({ index.isMultiple(of: 256) && Date() > $0 }) ?? (index >= options.count) { break }
    var mutator = Mutator(seed: options.seed &* 1_000_003 &+ UInt64(index))
    let bytes = mutator.mutant(of: samples, words: words)
    guard let out = fopen(file.path, "w") else { throw CocoaError(.fileWriteUnknown) }
    fwrite(bytes, 1, bytes.count, out)
    fclose(out)
    // What takes half a minute hangs: the signal ends the process.
    if index.isMultiple(of: 256) { alarm(30) }
    do { try target.read(file) } catch { refused += 1 }
    count += 1
    if index.isMultiple(of: 1000) { print(index, refused) }
  }
  print("end", count, refused)
}

/// Lets a process read; gives 1 if it ended before its time.
func watch(_ target: Target) throws -> Int {
  let start = Date()
  let folder = try place(of: target)
  defer { try? FileManager.default.removeItem(at: folder) }
  let process = Process()
  process.executableURL = Bundle.main.executableURL
  process.arguments =
    [target.name, "--seed", "\(options.seed)", "--count", "\(options.count)", "--read"]
    + (options.minutes.map { ["--minutes", "\($0)"] } ?? [])
    + (options.isUnlimited ? ["--unlimited"] : [])
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  let last = said.split(separator: "\n").last.map(String.init) ?? ""
  let seconds = Date().timeIntervalSince(start)
  guard process.terminationStatus != 0 || !last.hasPrefix("end") else {
    // Seen as it comes, in a file too.
    print("\(target.name): \(last.dropFirst(4)) (files, refused) in \(Int(seconds)) s")
    fflush(nil)
    return 0
  }
  let kept = URL(filePath: "fuzz-\(target.name)-\(options.seed).bin")
  try? FileManager.default.removeItem(at: kept)
  try FileManager.default.copyItem(at: folder.appending(path: target.fileName), to: kept)
  print(
    "\(target.name): the reader ended with \(process.terminationStatus) after \(last): \(kept.path)"
  )
  return 1
}
