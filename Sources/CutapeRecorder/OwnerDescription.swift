/// What the process that owns a spool says of itself: `description` in `cutape_ring.h`.

private import CutapeABI
package import CutapeStore

/// The owner's program, arguments, directory and variables, as they were at its first call.
package struct OwnerDescription: Sendable, Hashable {
  package var program: String
  package var workingDirectory: String
  package var arguments: [String]
  /// Variables that begin with CUDA or NVIDIA: the program may have set them itself, or been started with others than
  /// this process.
  package var environment: [String: String]
  /// By which way the preload library got its calls.
  package var via = Coverage.Via.preload

  /// Reads texts that each end with a zero byte. The program can write to them: what is missing is empty.
  package init(_ bytes: some Collection<UInt8>) {
    var texts = bytes.split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }[...]
    program = texts.popFirst() ?? ""
    workingDirectory = texts.popFirst() ?? ""
    let count = texts.popFirst().flatMap { Int($0) } ?? 0
    arguments = Array(texts.prefix(max(0, count)))
    environment = [:]
    for entry in texts.dropFirst(arguments.count) {
      let pair = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { environment[String(pair[0])] = String(pair[1]) }
    }
    let auditors = environment.removeValue(forKey: "LD_AUDIT")?.split(separator: ":") ?? []
    if auditors.contains(where: { $0.split(separator: "/").last ?? "" == Installation.auditorName }) {
      via = .audit
    }
  }

  /// `environment` with the variables of the owner in the place of those that begin the same.
  package func replacing(in environment: [String: String]) -> [String: String] {
    environment.filter { !$0.key.hasPrefix("CUDA") && !$0.key.hasPrefix("NVIDIA") }
      .merging(self.environment) { $1 }
  }
}
