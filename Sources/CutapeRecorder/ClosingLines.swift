/// What `cutape record` says when the program has ended.

private import CutapeStore

extension ProgramRun {
  /// Lines for standard error, without the prefix. One, unless something went wrong.
  package var closingLines: [String] {
    let calls = "\(result.calls) \(result.calls == 1 ? "call" : "calls")"
    if let failure = result.failure {
      let rest = spool.map { "; the rest: cutape recover \($0) -o FILE" } ?? ""
      return ["the trace \(trace) is incomplete after \(calls), \(result.losses): \(failure)\(rest)"]
    }
    let reason =
      result.calls > 0
      ? "" : isBlind ? ", since it cannot be recorded" : ": \(result.coverage.reasonForNoCalls)"
    return ["wrote \(trace): \(calls), \(result.losses)\(reason)"]
  }
}

extension Drain.Losses: CustomStringConvertible {
  package var description: String {
    if total == 0 { return "none lost" }
    let threads = byThread.sorted { $0.key < $1.key }.map { "T\($0.key) \($0.value)" }
    let parts = [
      dropped > 0
        ? "\(dropped) dropped" + (threads.isEmpty ? "" : " (\(threads.joined(separator: ", ")))") : nil,
      unreadable > 0 ? "\(unreadable) unreadable" : nil,
    ]
    return "\(total) lost: \(parts.compactMap { $0 }.joined(separator: ", "))"
  }
}
