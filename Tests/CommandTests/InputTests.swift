import Foundation
import TesseraTestSupport
import Testing

/// Items as people have them: on the command line, in folders, in files of several formats.
@Suite struct InputTests {
  private let shell: Shell

  init() throws {
    shell = try Shell(model: ConvertedModels.visualTinyEnglish.get())
    for name in ["b.png", "a.png", "deep/c.PNG", ".hidden.png"] {
      try shell.copy(Goldens.url("images/rgb.png"), to: "pictures/\(name)")
    }
    try shell.write("not a picture", to: "pictures/notes.txt")
  }

  private struct Row: Decodable, Equatable {
    let text: String?
    let image: String?
    let id: String?
    let embedding: [Float]?
    let error: String?
  }

  private func run(_ arguments: String, input: Data = Data()) throws -> Command {
    try shell("\"$tessera\" encode -m \"$model\" \(arguments)", input: input)
  }

  private func rows(_ arguments: String, input: Data = Data()) throws -> [Row] {
    try run(arguments, input: input).lines.map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
  }

  @Test func `several texts, several images`() throws {
    let texts = try rows("--text whale --text 'blue whale'")
    #expect(texts.map(\.text) == ["whale", "blue whale"])
    let images = try rows("--image pictures/a.png pictures/b.png --image pictures/deep/c.PNG")
    #expect(images.map(\.image) == ["pictures/a.png", "pictures/b.png", "pictures/deep/c.PNG"])
    #expect(images.allSatisfy { $0.embedding?.count == 64 })
    #expect(try rows("--image pictures/a.png --text whale").count == 1)
    for unclear in [
      "--image pictures/a.png pictures/b.png --text whale",
      "--image pictures/a.png --text whale --text boat", "--image 'pictures/*.png' --text whale",
    ] {
      #expect(try run(unclear).status == 64, "\(unclear)")
    }
  }

  @Test func `folders and patterns`() throws {
    let all = ["pictures/a.png", "pictures/b.png", "pictures/deep/c.PNG"]
    #expect(try rows("--image pictures").map(\.image) == all)
    #expect(try rows("--input pictures/").map(\.image) == all)
    #expect(try rows("--image 'pictures/?.png'").map(\.image) == Array(all.prefix(2)))
    #expect(try run("--image 'pictures/*.gif'").errors.contains("No file matches"))
    try shell("mkdir empty").expectSuccess()
    #expect(try run("--image empty").errors.contains("holds no picture"))
    // A file is a file, whatever characters are in its name.
    try shell.copy(Goldens.url("images/rgb.png"), to: "odd[1].png")
    #expect(try rows("--image 'odd[1].png'").count == 1)
    let ranked = try shell(
      "\"$tessera\" rank -m \"$model\" --among pictures --format jsonl '@pictures/*.png' whale")
    #expect(ranked.lines.count == 3)
  }

  @Test func `a picture comes through a pipe, and may be named twice`() throws {
    let file = try rows("--image pictures/a.png")[0].embedding
    let picture = try Data(contentsOf: Goldens.url("images/rgb.png"))
    #expect(try rows("--image /dev/stdin", input: picture)[0].embedding == file)
    #expect(try rows("--image -", input: picture)[0].embedding == file)
    let pipes = try shell(
      """
      mkfifo pipe; cat pictures/a.png > pipe &
      "$tessera" encode -m "$model" --image pipe; wait
      cat pictures/a.png | "$tessera" similarity -m "$model" @/dev/stdin "@/dev/stdin whale"
      cat pictures/a.png | "$tessera" inspect -m "$model" --image - --layers '*probs*'
      """)
    #expect(try JSONDecoder().decode(Row.self, from: Data(pipes.lines[0].utf8)).embedding == file)
    #expect(pipes.status == 0 && pipes.lines.count > 5, "\(pipes.errors)")
  }

  @Test func `pictures are looked up beside the file that names them`() throws {
    try shell.write(
      "{\"image\": \"a.png\"}\n{\"image\": \"none.png\"}\n", to: "pictures/items.jsonl")
    try shell.write("{\"image\": \"pictures/a.png\"}\n", to: "here.jsonl")
    let rows = try rows("--input pictures/items.jsonl")
    #expect(rows[0].image == "a.png" && rows[0].error == nil)
    let error = rows[1].error ?? ""
    #expect(
      error.contains("none.png in pictures, beside the file of items")
        && error.contains("working directory"))
    #expect(try self.rows("--input here.jsonl")[0].error == nil)
    #expect(try self.rows("--input \"$PWD/here.jsonl\"")[0].error == nil)
  }

  @Test func `plain lines`() throws {
    try shell.write("a whale\r\n\n  @boat\nlast", to: "lines.txt")
    #expect(try rows("--input lines.txt").map(\.text) == ["a whale", "  @boat", "last"])
    #expect(try rows("--input - --input-format text", input: Data("{}\n".utf8))[0].text == "{}")
    let refused = try rows("--input lines.txt --input-format jsonl")
    #expect(refused.allSatisfy { $0.error?.contains("--input-format text") == true })
    let broken = try rows(
      "--input - --input-format text", input: Data([0x61, 0xFF, 0x0A, 0x62]))
    #expect(broken.map(\.text) == [nil, "b"] && broken[0].error?.contains("UTF-8") == true)
  }

  @Test func `tables with a header`() throws {
    try shell.write(
      """
      \u{FEFF}id,text,image\r
      1,"a ""blue""\r
      whale, big",a.png\r
      2,boat,\r
      \r
      3,boat\r
      4,"boat" x,\r
      5,,\r
      6,"open,\r

      """, to: "pictures/t.csv")
    let rows = try rows("--input pictures/t.csv")
    #expect(rows[0].text == "a \"blue\"\r\nwhale, big" && rows[0].image == "a.png")
    #expect(rows[0].id == "1" && rows[0].embedding?.count == 64)
    #expect(rows[1].text == "boat" && rows[1].image == nil)
    for (row, message) in zip(
      rows.dropFirst(2),
      [
        "line 6: expected 3 fields, as the header has; found 2", "line 7: field 2: expected",
        "line 8: expected a text", "line 9: field 2: the closing quote is missing",
      ])
    {
      #expect(row.error?.hasPrefix(message) == true, "\(row.error ?? "")")
    }
    #expect(rows.count == 6)

    try shell.write("text\tid\na, b\t7\n", to: "t.tsv")
    let tabs = try self.rows("--input t.tsv")
    #expect(tabs.map(\.text) == ["a, b"] && tabs[0].id == "7")
    try shell.write("name,label\n", to: "other.csv")
    #expect(try run("--input other.csv").errors.contains("found name, label"))
    try shell.write("text,text\n", to: "twice.csv")
    #expect(try run("--input twice.csv").errors.contains("the column \"text\" twice"))
  }

  @Test func `UTF-16, as PowerShell writes it`() throws {
    let line = "{\"text\": \"蓝鲸 😀 é\"}\n{\"text\": \"b\"}"
    for encoding in [String.Encoding.utf16LittleEndian, .utf16BigEndian] {
      for mark in ["\u{FEFF}", ""] {
        let data = try #require((mark + line).data(using: encoding))
        #expect(try rows("--input -", input: data).map(\.text) == ["蓝鲸 😀 é", "b"])
      }
    }
    let cut = try #require("\u{FEFF}{\"text\": \"a\"}\n".data(using: .utf16LittleEndian))
    #expect(try run("--input -", input: cut + Data([0x20])).errors.contains("within a character"))
    let text = try #require("\u{FEFF}{\"text\": \"".data(using: .utf16LittleEndian))
    #expect(try rows("--input - --input-format text", input: Data("a\0b\n".utf8))[0].text == "a\0b")
    let half = text + Data([0x00, 0xD8, 0x22, 0, 0x7D, 0])
    #expect(try rows("--input -", input: half)[0].error?.contains("UTF-8") == true)
  }

  @Test func `a picture within its line`() throws {
    let picture = try Data(contentsOf: Goldens.url("images/rgb.png"))
    let base64 = picture.base64EncodedString()
    let percent = picture.map { String(format: "%%%02x", $0) }.joined()
    let lines = [
      "data:image/png;base64,\(base64)", "DATA:;base64,\(base64.replacing("+", with: "%2B"))",
      "data:image/png,\(percent)", "data:image/png;base64", "data:;base64,!", "data:,%4",
      "data:,words",
    ].map { "{\"image\": \"\($0)\"}\n" }.joined()
    let rows = try rows("--input -", input: Data(lines.utf8))
    let file = try self.rows("--image pictures/a.png")[0].embedding
    #expect(rows.prefix(3).allSatisfy { $0.embedding == file })
    for (row, message) in zip(
      rows.dropFirst(3), ["no comma", "not base64", "two hexadecimal", "a text file"])
    {
      #expect(row.error?.contains(message) == true, "\(row.error ?? "")")
    }
    let url = try self.rows("--image \"file://$PWD/pictures/a.png\"")
    #expect(url[0].embedding == file)
  }
}

/// Pictures of which a person sees something else than the reference reads.
@Suite struct PixelReadingTests {
  private let shell: Shell

  init() throws { shell = try Shell(model: ConvertedModels.visualTinyEnglish.get()) }

  /// Every picture that the reference turns, turned beforehand, and a note where it does not.
  @Test func `a picture that is to be turned is turned if asked for, and noted if not`() throws {
    // Orientation 6 before the pixels of a JPEG: EXIF's block as small as it can be.
    let picture = try Data(contentsOf: Goldens.url("images/photo-420.jpg"))
    var exif = Data([0xFF, 0xE1, 0, 34]) + Data("Exif\0\0MM\0*".utf8)
    exif += Data([0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0])
    let turned = picture.prefix(2) + exif + picture.dropFirst(2)
    try turned.write(to: shell.folder.url.appending(path: "turned.jpg"))
    try picture.write(to: shell.folder.url.appending(path: "plain.jpg"))
    let encode = "\"$tessera\" encode -m \"$model\" --image"
    func vector(_ command: Command) -> Substring? {
      command.text.split(separator: "\"embedding\":").last
    }
    let plain = try shell("\(encode) plain.jpg")
    #expect(plain.errors.isEmpty)
    let reference = try shell("\(encode) turned.jpg")
    #expect(vector(reference) == vector(plain))
    #expect(reference.errors.contains("turned.jpg has an orientation, 6, that is not applied"))
    let shown = try shell("\(encode) turned.jpg --pixels shown")
    #expect(shown.errors.isEmpty && vector(shown) != vector(plain))
    #expect(try vector(shell("\(encode) plain.jpg --pixels shown")) == vector(plain))
    for command in [
      "similarity -m \"$model\" @turned.jpg", "rank -m \"$model\" --among turned.jpg @plain.jpg",
      "inspect -m \"$model\" --image turned.jpg",
      "attention -m \"$model\" --image turned.jpg --layer 0",
    ] where !command.hasPrefix("rank") {
      #expect(try shell("\"$tessera\" \(command)").errors.contains("orientation, 6"), "\(command)")
    }
  }

  @Test func `a picture of 16 bits is noted`() throws {
    let run = try shell(
      "\"$tessera\" encode -m \"$model\" --image '\(Goldens.url("images/gray16.png").path)'")
    #expect(run.status == 0 && run.errors.contains("gray of 16 bits"), "\(run.errors)")
  }
}
