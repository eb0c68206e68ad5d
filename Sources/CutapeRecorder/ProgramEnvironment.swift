/// The environment that a recorded program gets, and the part of it that a trace keeps.

private import Glibc

/// Environments of programs.
package enum ProgramEnvironment {
  /// This process's own.
  package static func current() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      // Of two entries with one name, getenv finds the first.
      if pair.count == 2, variables[String(pair[0])] == nil { variables[String(pair[0])] = String(pair[1]) }
      entry += 1
    }
    return variables
  }

  /// What recording changes in `environment`.
  ///
  /// - Parameters:
  ///   - auditor: the auditor that leads bindings to the library, if there is to be one.
  ///   - library: what is preloaded; nil when nothing is to be.
  ///   - output: the template for processes that the program starts and that record themselves.
  ///   - standIns: the auditor that leads to the stand-ins of CUDA's libraries, when the program is to run on them.
  ///   - payload: what processes that record themselves keep of payloads.
  ///   - takesStacks: whether they record call stacks.
  ///   - program: what is to run; its libraries may need more memory of each thread than others.
  package static func changes(
    to environment: [String: String], library: String?, auditor: String? = nil, spool: String,
    output: String?,
    standIns: String?,
    watchesHost: Bool = false, payload: PayloadMode = .none, keepsNested: Bool = false,
    takesStacks: Bool = false, program: FileName? = nil
  ) -> [String: String] {
    var changes = ["CUTAPE_SPOOL": spool]
    if let library { changes["LD_PRELOAD"] = prepended(library, to: environment["LD_PRELOAD"]) }
    if watchesHost { changes["CUTAPE_WATCH_HOST"] = "1" }
    if keepsNested { changes["CUTAPE_NESTED"] = "1" }
    if takesStacks { changes["CUTAPE_STACKS"] = "1" }
    if let output { changes["CUTAPE_OUTPUT"] = output }
    if payload != .none { changes["CUTAPE_PAYLOAD"] = payload.rawValue }
    let auditors = [standIns, auditor].compactMap { $0 }.joined(separator: ":")
    if !auditors.isEmpty {
      changes["LD_AUDIT"] = prepended(auditors, to: environment["LD_AUDIT"])
      let tunable = "glibc.rtld.optional_static_tls"
      let room = program.map { StaticMemory(of: $0) } ?? .usual
      changes["GLIBC_TUNABLES"] = adding(
        "\(tunable)=\(room.bytes)", named: tunable, to: environment["GLIBC_TUNABLES"])
    }
    // A program with AddressSanitizer refuses to start when another library is loaded before its own.
    let option = "verify_asan_link_order"
    changes["ASAN_OPTIONS"] = adding("\(option)=0", named: option, to: environment["ASAN_OPTIONS"])
    return changes
  }

  /// Whether a process with `environment` keeps calls of the driver inside those of the runtime, as the preload library
  /// reads it.
  static func keepsNested(_ environment: [String: String]) -> Bool {
    let value = environment["CUTAPE_NESTED"] ?? ""
    return !value.isEmpty && !value.hasPrefix("0")
  }

  /// This process's own environment with `changes`, each entry byte for byte as it is: it need not be UTF-8.
  package static func bytes(changing changes: [String: String]) -> [[UInt8]] {
    var entries: [[UInt8]] = []
    var entry = environ
    while let text = entry.pointee {
      let bytes = [UInt8](
        UnsafeBufferPointer(start: text, count: strlen(text)).lazy.map { UInt8(bitPattern: $0) })
      let name = bytes.prefix { $0 != UInt8(ascii: "=") }
      if !changes.keys.contains(where: { name.elementsEqual($0.utf8) }) { entries.append(bytes) }
      entry += 1
    }
    return entries + changes.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) }
  }

  /// The variables that decide how CUDA and the loader behave, and those that name the rank.
  package static func kept(_ environment: [String: String]) -> [String: String] {
    environment.filter { name, _ in
      name.hasPrefix("CUDA_") || name.hasPrefix("LD_") || name == "NVIDIA_VISIBLE_DEVICES"
        || name == "CUTAPE_DEVICES"
        || OutputName.rankVariables.contains(name)
    }
  }

  /// A list of settings with `setting`, unless it says something about `name` itself.
  private static func adding(_ setting: String, named name: String, to list: String?) -> String {
    guard let list, !list.isEmpty else { return setting }
    return list.contains(name) ? list : "\(list):\(setting)"
  }

  private static func prepended(_ entry: String, to list: String?) -> String {
    guard let list, !list.isEmpty else { return entry }
    return "\(entry):\(list)"
  }
}
