/// Collects findings: folds repeats at the same call sites, and keeps one for each root cause.
package struct Reporter: Sendable {
  /// Where a finding was made; repeats from the same places are one finding with a count.
  private struct Key: Hashable {
    var code: String
    var severity: Severity
    var places: [Place]
  }

  /// The call site of a call, or the call itself where the site is not known.
  private struct Place: Hashable {
    var function: UInt16
    var site: Int
    var call: Int

    init(_ call: Finding.Call) {
      function = call.function
      site = call.site
      self.call = call.site == 0 ? call.number : 0
    }
  }

  private var findings: [Finding] = []
  /// The calls that each finding was made for last: two operations that meet in two places have one root cause.
  private var latest: [[Int]] = []
  private var indexes: [Key: Int] = [:]
  /// The calls that have an error already.
  private var errors: Set<Int> = []

  package init() {}

  package mutating func report(_ finding: Finding) {
    if finding.severity == .error { errors.insert(finding.call.number) }
    let key = Key(
      code: finding.code, severity: finding.severity,
      places: ([finding.call] + finding.related).map(Place.init))
    let calls = ([finding.call] + finding.related).map(\.number)
    if let index = indexes[key] {
      guard latest[index] != calls else { return }
      latest[index] = calls
      findings[index].count += 1
    } else {
      indexes[key] = findings.count
      findings.append(finding)
      latest.append(calls)
    }
  }

  /// Whether `call` has an error: what it returned is then a consequence, not a finding of its own.
  func hasError(_ call: Int) -> Bool { errors.contains(call) }

  /// The findings in the order of their calls.
  var sorted: [Finding] {
    findings.enumerated().sorted {
      ($0.element.call.number, $0.element.code, $0.offset) < (
        $1.element.call.number, $1.element.code, $1.offset
      )
    }.map(\.element)
  }
}
