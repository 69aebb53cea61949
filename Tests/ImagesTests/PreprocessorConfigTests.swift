import TesseraImages
import Testing

@Suite struct PreprocessorConfigTests {
  private func recipe(_ json: String) throws -> PixelRecipe {
    var json = json
    return try json.withUTF8 {
      try PixelRecipe(
        PreprocessorConfig(UnsafeRawBufferPointer($0), file: "p.json"), .clip)
    }
  }

  @Test func `sizes are read in all their spellings`() throws {
    let modern = try recipe(
      #"{"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}}"#)
    #expect(try recipe(#"{"size": 64, "crop_size": 64}"#) == modern)
    #expect(try recipe(#"{"size": 64, "crop_size": [64, 64]}"#) == modern)
    let exact = try recipe(#"{"size": {"width": 50, "height": 70}, "do_center_crop": false}"#)
    #expect(try recipe(#"{"size": [70, 50], "do_center_crop": false}"#) == exact)
    let pixels = exact(try ImageCases.raster("golden/small.png"))
    #expect(pixels.width == 50 && pixels.height == 70)
  }

  @Test func `the files that transformers writes are accepted`() throws {
    let old = """
      {"crop_size": 224, "do_center_crop": true, "do_normalize": true, "do_resize": true,
       "feature_extractor_type": "CLIPFeatureExtractor",
       "image_mean": [0.48145466, 0.4578275, 0.40821073],
       "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": 224}
      """
    let new = """
      {"crop_size": {"height": 224, "width": 224}, "data_format": "channels_first",
       "default_to_square": false, "device": null, "disable_grouping": null,
       "do_center_crop": true, "do_convert_rgb": true, "do_normalize": true, "do_pad": null,
       "do_rescale": true, "do_resize": true,
       "image_mean": [0.48145466, 0.4578275, 0.40821073],
       "image_processor_type": "CLIPImageProcessorFast",
       "image_std": [0.26862954, 0.26130258, 0.27577711], "input_data_format": null,
       "resample": 3, "rescale_factor": 0.00392156862745098, "return_tensors": null,
       "size": {"shortest_edge": 224}}
      """
    #expect(try recipe(old) == recipe("{}"))
    #expect(try recipe(new) == recipe("{}"))
  }

  @Test(arguments: [
    (#"{"do_convert_rgb": false}"#, "do_convert_rgb", "false"),
    (#"{"resample": 6}"#, "resample", "6"),
    (#"{"resample": "bicubic"}"#, "resample", "\"bicubic\""),
    (#"{"size": {"longest_edge": 224}}"#, "size", #"{"longest_edge": 224}"#),
    (#"{"size": 0}"#, "size", "0"),
    (#"{"size": 1000000000000}"#, "size", "1000000000000"),
    (#"{"size": 2.5}"#, "size", "2.5"),
    (#"{"crop_size": {"shortest_edge": 64}}"#, "crop_size", #"{"shortest_edge": 64}"#),
    (#"{"crop_size": [1, 2, 3]}"#, "crop_size", "[1, 2, 3]"),
    (#"{"do_center_crop": false}"#, "do_center_crop", "false"),
    (#"{"do_resize": null}"#, "do_resize", "null"),
    (#"{"do_resize": 1}"#, "do_resize", "1"),
    (#"{"image_std": [1, 1, 0]}"#, "image_std", "[1, 1, 0]"),
    (#"{"image_mean": [1, 1]}"#, "image_mean", "[1, 1]"),
    (#"{"rescale_factor": "x"}"#, "rescale_factor", "\"x\""),
    (
      #"{"image_processor_type": "ViTImageProcessor"}"#, "image_processor_type",
      "\"ViTImageProcessor\""
    ),
    (#"{"do_pad": true}"#, "do_pad", "true"),
    (#"{"crop_pct": 0.9}"#, "crop_pct", "0.9"),
  ])
  func `what would change pixels unseen is refused`(json: String, key: String, value: String) {
    #expect { try recipe(json) } throws: { error in
      guard case .unsupported(let file, key, _, value) = error as? RecipeError else {
        return false
      }
      let text = (error as? RecipeError)?.description ?? ""
      return file == "p.json" && text.hasPrefix("p.json: \"\(key)\": expected ")
        && text.hasSuffix(", found \(value)")
    }
  }

  @Test func `files that are not JSON objects are refused`() {
    #expect(throws: RecipeError.self) { try recipe("") }
    #expect(throws: RecipeError.self) { try recipe("[]") }
    #expect(throws: RecipeError.self) { try recipe(#"{"size": 64"#) }
    #expect(throws: RecipeError.duplicateKey(file: "p.json", key: "size")) {
      try recipe(#"{"size": 64, "size": 32}"#)
    }
  }
}
