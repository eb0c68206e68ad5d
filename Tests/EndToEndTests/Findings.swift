import Foundation

/// What `cutape check --format json` printed: JSON Lines, the findings and then a summary.
struct Findings {
  /// The part of a finding that the tests look at.
  struct Finding: Decodable {
    var code: String
    var severity: String
    var message: String
    var call: UInt64
    var related: [UInt64]
  }

  struct Summary: Decodable {
    var calls: Int
    var lost: Int
    var unsupported: Int
  }

  var findings: [Finding] = []
  var summary: Summary?

  private struct Kind: Decodable { var type: String }

  init(json: String) throws {
    let decoder = JSONDecoder()
    for line in json.split(separator: "\n") {
      let data = Data(line.utf8)
      if try decoder.decode(Kind.self, from: data).type == "summary" {
        summary = try decoder.decode(Summary.self, from: data)
      } else {
        findings.append(try decoder.decode(Finding.self, from: data))
      }
    }
  }
}
