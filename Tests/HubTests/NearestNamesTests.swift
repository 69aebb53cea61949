import TesseraHub
import Testing

@Suite struct NearestNamesTests {
  @Test func `a slip finds its name, and a stranger finds none`() {
    let names = ["BAAI/bge-m3", "BAAI/bge-base-en-v1.5", "openai/clip-vit-base-patch32"]
    #expect(NearestNames.of("BAAI/bge-m4", among: names).first == "BAAI/bge-m3")
    #expect(NearestNames.of("openai/clip-vit-base-patch-32", among: names) == [names[2]])
    #expect(NearestNames.of("something/else-altogether", among: names).isEmpty)
  }
}
