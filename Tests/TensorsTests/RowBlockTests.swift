import TesseraTensors
import Testing

@Suite struct RowBlockTests {
  @Test func `blocks are as tall as the second cache allows`() {
    #expect(RowBlocks.height(secondCache: 512 << 10) == 96)
    #expect(RowBlocks.height(secondCache: 1 << 20) == 96)
    #expect(RowBlocks.height(secondCache: 1_280 << 10) == 120)
    #expect(RowBlocks.height(secondCache: 2 << 20) == 192)
    #expect(RowBlocks.height(secondCache: 16 << 20) == 192)
  }

  @Test func `many threads get more blocks, of rows enough`() {
    func count(_ rows: Int, panels: Int, threads: Int) -> Int {
      RowBlocks.count(rows: rows, panels: panels, height: 96, threads: threads)
    }
    #expect(count(1, panels: 12, threads: 64) == 1)
    #expect(count(128, panels: 12, threads: 2) == 2)
    #expect(count(128, panels: 12, threads: 16) == 3)
    #expect(count(128, panels: 12, threads: 64) == 5)
    #expect(count(1024, panels: 12, threads: 2) == 11)
    #expect(count(1024, panels: 6, threads: 64) == 22)
    #expect(count(30, panels: 1, threads: 2) == 1)
  }
}
