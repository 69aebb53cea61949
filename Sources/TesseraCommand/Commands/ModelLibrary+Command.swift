import Foundation
import TesseraConversion
import TesseraHTTP
import TesseraHub

extension ModelLibrary {
  /// The library as the environment describes it, with notes and progress on standard error.
  /// - Parameter endpoint: in place of the one of HF_ENDPOINT, or of ModelScope.
  /// - Throws: `HubError` where an address is none.
  static func ofCommand(
    endpoint: String? = nil, progress: TransferProgress = TransferProgress()
  ) throws -> ModelLibrary {
    var settings = try HubSettings(
      environment: ProcessInfo.processInfo.environment, homeFolder: NSHomeDirectory())
    if let endpoint {
      settings.endpoint = try HubSettings.address(endpoint)
      settings.modelScopeEndpoint = settings.endpoint
    }
    return ModelLibrary(
      settings: settings, transport: CurlTransport(patience: settings.patience),
      converter: WeightsConversion(), report: progress.report)
  }
}

/// The conversion that `weights-converter` does.
struct WeightsConversion: ModelConverter {
  func convert(_ source: String, textModel: String?, to target: String) throws {
    let conversion = try Conversion(
      source: source, textModel: textModel, quantization: nil, target: target)
    _ = try conversion.run(force: false, isQuiet: !StandardError.showsProgress)
  }
}
