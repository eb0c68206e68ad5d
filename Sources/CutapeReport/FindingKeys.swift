package import CutapeRules
package import CutapeTrace

/// Suppression keys: what a finding keeps from run to run, from machine to machine and from build to build.
///
/// A key is the code of the rule and a hash over the program's own words, for example `CT401-5f3a9c01d2e4b687`. For
/// each call of the finding: the CUDA function (the kernel of a launch), the module's base name without the version
/// behind `.so`, and the function that makes the call (the source file where there is no symbol). For each stretch of
/// memory: its kind. Not in it: addresses, numbers of calls, threads and processes, directories, sizes, offsets, line
/// numbers, severities and the text of messages; nor where memory was allocated, which is so often in a small function
/// that optimisation decides what it is part of.
///
/// Findings that agree in all of that, as two races in one function, are told apart by an ordinal in the order of their
/// source lines, or of their offsets where there are no lines: `CT401-5f3a9c01d2e4b687.2` is the second. So a key
/// survives edits above it; a new finding of the same kind in the same function shows as one finding more. Calls that
/// share a line, as those of an unrolled loop, share a key.
package struct FindingKeys {
  private let functions: FunctionTable
  private let sites: [Int: CallSite]

  package init(_ trace: Trace) {
    functions = trace.functions
    sites = trace.sites
  }

  /// The findings with their keys.
  package func keyed(_ findings: [Finding]) -> [Finding] {
    var result = findings
    let bases = findings.map(base)
    for (base, group) in Dictionary(grouping: findings.indices, by: { bases[$0] }) {
      var ordinal = 0
      var previous: Rank?
      for (index, rank) in group.map({ ($0, rank(of: findings[$0])) }).sorted(by: { $0.1 < $1.1 }) {
        if previous?.isSamePlace(as: rank) != true { ordinal += 1 }
        previous = rank
        result[index].key = ordinal == 1 ? base : "\(base).\(ordinal)"
      }
    }
    return result
  }

  /// Whether `text` has the form of a key.
  package static func isKey(_ text: Substring) -> Bool {
    text.wholeMatch(of: /CT[0-9]{3}-[0-9a-f]{16}(\.[0-9]+)?/) != nil
  }

  // MARK: What stays the same

  private func base(_ finding: Finding) -> String {
    var hash = StableHash()
    for call in [finding.call] + finding.related {
      hash.combine(operation(call))
      hash.combine(place(call.site))
    }
    for memory in finding.memory {
      hash.combine(memory.kind)
    }
    return "\(finding.code)-\(hash.text)"
  }

  /// The CUDA function, or the kernel of a launch.
  private func operation(_ call: Finding.Call) -> String {
    if let brackets = call.text.firstRange(of: "<<<") { return String(call.text[..<brackets.lowerBound]) }
    return functions[call.function]?.name ?? ""
  }

  private func place(_ site: Int) -> String {
    guard let site = sites[site] else { return "" }
    let module = site.module.split(separator: "/").last.map(String.init) ?? site.module
    let name = module.firstRange(of: ".so.").map { String(module[..<$0.lowerBound]) + ".so" } ?? module
    let file = site.file.flatMap { $0.split(separator: "/").last }.map(String.init)
    return "\(name)!\(site.function.map(Self.withoutCloneSuffix) ?? file ?? "")"
  }

  /// Compilers name the parts and copies that they make of a function by suffixes: `fetch.constprop.0`, `fetch.cold`.
  private static func withoutCloneSuffix(_ function: String) -> String {
    function.firstRange(of: /\.(constprop|isra|part|cold|lto_priv|llvm)\b/).map {
      String(function[..<$0.lowerBound])
    } ?? function
  }

  // MARK: Order

  /// The order of findings that agree in all else: by place, then the worse first, then by call.
  private struct Rank: Comparable {
    /// For each call its source line, or its offset where there is no line; the number of the call where there is
    /// neither.
    var places: [(line: Int, offset: UInt64, call: Int)]
    var severity: Severity
    var call: Int

    func isSamePlace(as other: Rank) -> Bool {
      severity == other.severity && places.elementsEqual(other.places, by: ==)
    }

    static func == (left: Rank, right: Rank) -> Bool {
      left.isSamePlace(as: right) && left.call == right.call
    }

    static func < (left: Rank, right: Rank) -> Bool {
      if left.places.lexicographicallyPrecedes(right.places, by: <) { return true }
      if right.places.lexicographicallyPrecedes(left.places, by: <) { return false }
      return left.severity != right.severity ? left.severity > right.severity : left.call < right.call
    }
  }

  private func rank(of finding: Finding) -> Rank {
    Rank(
      places: ([finding.call] + finding.related).map { call in
        guard let site = sites[call.site] else { return (0, 0, call.number) }
        return site.line.map { ($0, 0, 0) } ?? (0, site.offset, 0)
      }, severity: finding.severity, call: finding.call.number)
  }
}
