import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// The page of a report in a browser as wide as a phone; only where Chromium is installed.
@Suite(.enabled(if: Browser.path != nil, "Chromium is not installed")) struct ReportPageTests {
  private struct Seen: Decodable {
    let width: Int
    /// Elements that reach beyond the page.
    let beyond: [String]
    let placeholder: String
    let addressAfterClick: String
    let nothing: String
    let something: String
    /// What the charts name.
    let keys: [String]
    let matrixSide: Double
    let overlay: Bool
  }

  private func see(_ item: Item, in model: URL) throws -> Seen {
    let embedder = try Embedder(modelFolder: model)
    let page = try StudyReport(of: item, in: embedder, model: "tiny").html
    let folder = try TemporaryFolder()
    try page.replacing("</body>", with: Browser.probe + "</body>")
      .write(toFile: folder.path("page.html"), atomically: true, encoding: .utf8)
    // A window has a least width; a frame has any.
    try """
    <body><script>onmessage = (e) => { document.title = e.data; }</script>
    <iframe src="page.html" style="width:360px;height:900px;border:0"></iframe></body>
    """.write(toFile: folder.path("frame.html"), atomically: true, encoding: .utf8)
    let run = try Command.run(
      URL(filePath: Browser.path ?? ""),
      [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000",
        "--user-data-dir=\(folder.path("profile"))", "--dump-dom",
        "file://\(folder.path("frame.html"))",
      ])
    let title = try #require(run.text.firstMatch(of: /<title>(.*?)<\/title>/)?.1, "\(run.errors)")
    return try JSONDecoder().decode(
      Seen.self, from: Data(title.replacing("&lt;", with: "<").replacing("&amp;", with: "&").utf8))
  }

  @Test func `a picture and words fit a phone, and the picture can be clicked`() throws {
    let item = Item.pair(image: Goldens.url("images/rgb.png"), text: "blue whale")
    let seen = try see(item, in: ConvertedModels.visualTinyEnglish.get())
    #expect(seen.width <= 360 && seen.beyond.isEmpty, "\(seen.beyond)")
    #expect(seen.addressAfterClick.contains("from=") && !seen.addressAfterClick.hasSuffix("from=0"))
    #expect(seen.placeholder == "layer.2")
    #expect(seen.nothing == "No stage has \"zzz\" in its name.")
    #expect(seen.something.hasPrefix("6 of "))
    #expect(seen.overlay && seen.keys[0].contains("on the picture"))
  }

  @Test func `256 tokens of text keep readable labels, and no picture is spoken of`() throws {
    let text = Array(repeating: "whale ship sea blue", count: 80).joined(separator: " ")
    var options = Embedder.Options()
    options.maxLength = 256
    let model = try ConvertedModels.bgeM3Tiny.get()
    let page = try StudyReport(
      of: .text(text), in: Embedder(modelFolder: model, options: options), model: "tiny")
    #expect(page.html.contains("matrix-box"))
    let seen = try see(.text(String(text.prefix(500))), in: model)
    #expect(seen.width <= 360 && seen.beyond.isEmpty, "\(seen.beyond)")
    // Five pixels a token at least, and drawn in its own size.
    #expect(seen.matrixSide > 500)
    #expect(
      !seen.overlay && !seen.keys.contains { $0.contains("picture") || $0.contains("patches") })
    #expect(seen.placeholder.contains(/^layer\.\d+$/))
  }
}

private enum Browser {
  static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  static let probe = """
    <script>
    {
      const seen = { width: document.documentElement.scrollWidth };
      seen.beyond = [...document.querySelectorAll("section, figure, img, #patches, svg, select")]
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML);
      seen.placeholder = $("filter").placeholder;
      seen.matrixSide = $("matrix").getBoundingClientRect().width;
      seen.overlay = !$("overlay").hidden;
      const box = $("patches").getBoundingClientRect();
      $("patches").dispatchEvent(new MouseEvent("click", {
        clientX: box.left + box.width * 0.9, clientY: box.top + box.height * 0.9 }));
      seen.addressAfterClick = location.hash;
      const find = (text) => {
        $("filter").value = text;
        $("filter").dispatchEvent(new Event("input"));
        return $("shown").textContent;
      };
      seen.nothing = find("zzz");
      seen.something = find("probs");
      seen.keys = [...document.querySelectorAll("#charts svg")].map((svg) => svg.textContent);
      parent.postMessage(JSON.stringify(seen), "*");
    }
    </script>
    """
}
