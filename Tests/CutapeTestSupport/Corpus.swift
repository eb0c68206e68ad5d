import Foundation

/// The files of Tests/Corpus, which its README describes.
package enum Corpus {
  /// The paths of the files of scenarios: those of Rules are named as the type of their rule, those of Themes as what
  /// they are about.
  package static let files: [String] = {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return ["Rules", "Themes"].flatMap { folder in
      let place = tests.appending(path: "Corpus/\(folder)").path
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
      return names.filter { $0.hasSuffix(".md") }.sorted().map { "\(place)/\($0)" }
    }
  }()
}
