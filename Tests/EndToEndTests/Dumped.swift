import Foundation
import Testing

/// The calls of a trace, as `cutape dump --format json` prints them.
struct Dumped {
  /// The part of a call that the tests look at.
  struct Call: Decodable {
    struct Arguments: Decodable { var count: UInt64? }

    var number: UInt64
    var thread: Int
    /// With `_ptsz` or `_ptds` where the program called that form.
    var function: String
    var arguments: Arguments
    /// The source line of the call site.
    var line: Int?
  }

  private struct Kind: Decodable { var type: String }

  var calls: [Call] = []

  init(_ trace: URL) async throws {
    let outcome = try await Installation.cutape("dump", trace.path, "--format", "json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let decoder = JSONDecoder()
    for line in outcome.output.split(separator: "\n") {
      let data = Data(line.utf8)
      if try decoder.decode(Kind.self, from: data).type == "call" {
        calls.append(try decoder.decode(Call.self, from: data))
      }
    }
  }

  /// The source line of call `number`.
  func line(_ number: UInt64) -> Int? { calls.first { $0.number == number }?.line }
}
