import Foundation
import TesseraJSON
import TesseraTestSupport
import Testing

@Suite struct CommandTests {
  private let visual = Goldens.url("visual-tiny-en/Visualized_visual-tiny-en.pth").path
  private let micro = Converter.cases + "/bge-m3-micro"

  @Test func `bad arguments exit with 64`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    #expect(try converter.run().status == 64)
    #expect(try converter.run(visual).status == 64)
    #expect(try converter.run(visual, "-o", converter.folder + "/m").status == 64)
    #expect(try converter.run(micro, "--text-model", micro, "-o", "m").status == 64)
    #expect(try converter.run("--list", visual, "-o", "m").status == 64)
    #expect(try converter.run("--list", visual, "--format", "xml").status == 64)
    #expect(try converter.run(visual, "--fast").status == 64)
    // Not the working directory.
    for arguments in [
      [micro, "-o", ""], ["", "-o", "m"], [visual, "--text-model", "", "-o", "m"],
    ] {
      let outcome = try converter.run(arguments)
      #expect(outcome.status == 64 && outcome.errors.contains("is empty"), "\(outcome.errors)")
    }
  }

  @Test func `an option of which one value would be lost is refused`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    for (more, says) in [
      (["-o", "m", "--output=n"], "--output is given twice, as m and as n"),
      (["-o", "m", "--quantize", "int8", "--quantize", "int4"], "as int8 and as int4"),
    ] {
      let outcome = try converter.run([micro] + more)
      #expect(outcome.status == 64 && outcome.errors.contains(says), "\(outcome.errors)")
    }
  }

  @Test func `a missing source is an error that names it`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    expectFailure(try converter.run("none.pth", "-o", converter.folder + "/m"), "none.pth: No such")
    expectFailure(try converter.run("--list", "none.pth"), "none.pth: No such")
  }

  @Test func `a list has aligned columns and totals`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let outcome = try converter.run("--list", micro)
    #expect(
      outcome.output == """
        embeddings.word_embeddings.weight    F32   [10, 4]
        encoder.layer.0.output.dense.weight  F32   [6, 4]
        embeddings.position_ids              I64   [1, 5]
        3 tensors, 69 parameters, 296 bytes

        """)
    #expect(outcome.errors == "")
  }

  @Test func `a list as JSON has one object a line`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let outcome = try converter.run("--list", visual, "--format", "json")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 137)
    #expect(
      lines.first == """
        {"name":"bge_encoder.layer.0.attention.self.query.weight","dtype":"F16",\
        "shape":[64,64],"bytes":8192}
        """)
  }

  #if os(Linux)
    @Test func `a full disk under standard output is an error`() throws {
      let converter = try Converter()
      defer { converter.remove() }
      expectFailure(try converter.run("--list", visual, output: "/dev/full"), "No space left")
    }
  #endif
}
