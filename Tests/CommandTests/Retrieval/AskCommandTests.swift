import Foundation
import TesseraTestSupport
import Testing

/// `tessera ask`, and other commands on what is no folder of Tessera's.
struct AskCommandTests {
  private let shell: Shell
  private let chat: LoopbackServer
  private let qdrant: LoopbackServer

  init() throws {
    shell = try Shell(model: ConvertedModels.visualTinyEnglish.get())
    chat = try LoopbackServer("chat", ["k3y"])
    qdrant = try LoopbackServer("qdrant")
    for (file, name) in [("images/exact-224.png", "exact.png"), ("images/big.jpg", "big.jpg")] {
      let picture = Goldens.url(file)
      try shell.copy(picture, to: "photos/\(name)")
    }
    try shell.write("A red car stands before a house.", to: "photos/car.txt")
    let run = try shell("$tessera index -m $model --into a.tessera photos")
    #expect(run.status == 0, "\(run.errors)")
  }

  private var address: String { "http://127.0.0.1:\(chat.port)#good" }

  @Test func `an answer comes with its sources, in text and as rows`() throws {
    let text = try shell(
      "OPENAI_API_KEY=k3y $tessera ask 'which car?' --in a.tessera -k 3 --chat '\(address)'")
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.text.hasPrefix("The car is red 🚗 [1], und größer.\n\n[1]"))
    #expect(text.text.contains("photos/car.txt"))
    let rows = try shell(
      """
      OPENAI_API_KEY=k3y $tessera ask one two --in a.tessera --format jsonl --chat '\(address)'
      """)
    #expect(rows.lines.count == 2 && rows.lines.allSatisfy { $0.contains("\"end\":\"stop\"") })
    #expect(!(text.text + text.errors + rows.text + rows.errors).contains("k3y"))
  }

  @Test func `nothing is sent by a dry run, and no key is shown`() throws {
    let run = try shell(
      """
      OPENAI_API_KEY=k3y $tessera ask 'which car?' --in a.tessera --chat '\(address)' --dry-run \\
        --language Deutsch --max-tokens 5 --where "kind = text"
      """)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.text.contains("A red car stands") && run.text.contains("Deutsch"))
    #expect(run.text.contains("\"max_tokens\":5") && !run.text.contains("k3y"))
    #expect(String(decoding: try chat.ask("/log"), as: UTF8.self) == "[]")
  }

  @Test func `what fails is said with its reason`() throws {
    let cut = try shell(
      """
      OPENAI_API_KEY=k3y $tessera ask 'a?' --in a.tessera \\
        --chat 'http://127.0.0.1:\(chat.port)#character'
      """)
    #expect(cut.status == 1 && cut.text.hasPrefix("The car is red\n"))
    #expect(cut.errors.contains("is cut"))
    let none = try shell(
      "env -u OPENAI_API_KEY $tessera ask 'a?' --in a.tessera --chat '\(address)'")
    #expect(none.status == 1 && none.errors.contains("set OPENAI_API_KEY"))
    let nothing = try shell(
      "$tessera ask 'a?' --in a.tessera --chat '\(address)' --where 'width > 99999'")
    #expect(nothing.status == 1 && nothing.errors.contains("nothing was sent"))
    #expect(try shell("$tessera ask 'a?' --in a.tessera --chat llava").status == 64)
  }

  @Test func `an index goes to a server and comes back`() throws {
    let url = "qdrant://127.0.0.1:\(qdrant.port)/photos"
    let run = try shell(
      """
      set -e
      $tessera store copy a.tessera \(url)
      $tessera store copy a.tessera \(url)
      $tessera search 'a car' --in a.tessera --format jsonl > here
      $tessera search 'a car' -m $model --in \(url) --format jsonl > there
      $tessera store info --in \(url)
      $tessera store copy \(url) b.tessera
      $tessera search 'a car' --in b.tessera --format jsonl > back
      $tessera index -m $model --into b.tessera photos
      """)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("0 rows copied"))
    #expect(run.errors.contains("0 added, 0 changed"), "\(run.errors)")
    let here = try shell.read("here")
    #expect(try shell.read("back") == here)
    #expect(try shell.read("there").contains("photos/car.txt"))
    let map = try shell("$tessera map --in \(url) -o m.html")
    #expect(map.status == 1 && map.errors.contains("tessera store copy"))
    let missing = try shell("$tessera search a -m $model --in \(url)2")
    #expect(missing.status == 1 && missing.errors.contains("it has photos"))
  }
}
