# A Homebrew formula: `brew install --build-from-source Scripts/tessera.rb` from a clone, or from a
# tap of your own, with the address and the checksum of a version's archive in `url` and `sha256`.
class Tessera < Formula
  desc "Embeddings of text, of images, and of both in one vector, and exact search on them"
  license "Apache-2.0"
  head "file://#{File.expand_path("..", __dir__)}", using: :git, branch: "main"

  depends_on xcode: ["26.0", :build]
  depends_on "giflib"
  depends_on "jpeg-turbo"
  depends_on "libspng"
  depends_on "libtiff"
  depends_on :macos
  depends_on "webp"

  def install
    system "swift", "build", "-c", "release", "--disable-sandbox"
    system "make", "install", "PREFIX=#{prefix}"
  end

  test do
    vector = shell_output("#{bin}/tessera encode --text whale --quiet")
    assert_match '"embedding":[', vector
  end
end
