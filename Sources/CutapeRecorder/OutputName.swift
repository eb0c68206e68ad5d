/// The name of a trace file: a template with `%h`, `%p`, `%r`, `%q{VAR}` and `%n`.

private import Glibc

/// Why a template gives no name.
package enum OutputNameError: Error, Hashable, CustomStringConvertible {
  case unknownDirective(String)
  case unsetVariable(String)
  case noRank
  case noNewName(String)

  package var description: String {
    switch self {
    case .unknownDirective(let text):
      "unknown '\(text)' in the output name: use %h, %p, %r, %q{VAR}, %n or %%"
    case .unsetVariable(let name): "the output name needs the environment variable \(name), which is not set"
    case .noRank: "the output name needs a rank (%r), and no variable of MPI or SLURM gives one"
    case .noNewName(let name): "no free number for the output name \(name)"
    }
  }
}

/// A template, taken apart.
package struct OutputName: Sendable, Hashable {
  private enum Part: Sendable, Hashable {
    case text(String)
    case host, process, rank, number
    case variable(String)
  }

  /// The variables that launchers of parallel jobs set, in the order in which they are asked.
  package static let rankVariables = [
    "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK", "SLURM_PROCID", "RANK",
  ]

  private var parts: [Part] = []

  package init(_ template: String) throws(OutputNameError) {
    var rest = Substring(template)
    while let percent = rest.firstIndex(of: "%") {
      if percent > rest.startIndex { parts.append(.text(String(rest[..<percent]))) }
      rest = rest[percent...].dropFirst()
      let directive = rest.first
      rest = rest.dropFirst()
      switch directive {
      case "h": parts.append(.host)
      case "p": parts.append(.process)
      case "r": parts.append(.rank)
      case "n": parts.append(.number)
      case "%": parts.append(.text("%"))
      case "q":
        guard rest.first == "{", let end = rest.firstIndex(of: "}") else { throw .unknownDirective("%q") }
        parts.append(.variable(String(rest[..<end].dropFirst())))
        rest = rest[end...].dropFirst()
      default: throw .unknownDirective("%\(directive.map(String.init) ?? "")")
      }
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
  }

  /// The name without `-o`: the program's own, in the working directory.
  package static func standard(program: String) -> String {
    let name = program.split(separator: "/").last.map(String.init) ?? "program"
    return literal(name) + ".%p.cutape"
  }

  /// The template for a program: `template`, or the standard name, in the folder `template` if that ends in a slash.
  package static func template(_ template: String?, program: String) -> String {
    guard let template, !template.hasSuffix("/") else { return (template ?? "") + standard(program: program) }
    return template
  }

  /// Whether the name depends on the process.
  var isPerProcess: Bool { parts.contains(.process) }

  /// A template for `text` as it is.
  static func literal(_ text: String) -> String {
    text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
  }

  /// The template for the other processes of a program whose own trace is called `template`: `run.cutape` becomes
  /// `run.%p.cutape`, and a template that tells processes apart stays as it is.
  static func perProcess(_ template: String) throws(OutputNameError) -> String {
    let parts = try OutputName(template).parts
    if template.hasSuffix("/") { return template }
    return parts.contains(.process) || parts.contains(.number) ? template : inserting(".%p", into: template)
  }

  /// The file name `name` with `text` before its extension.
  static func inserting(_ text: String, into name: String) -> String {
    let file = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    let end = name[file...].lastIndex(of: ".") ?? name.endIndex
    return name[..<end] + text + name[end...]
  }

  /// The name for process `pid`. `exists` says whether a name is taken, for `%n`.
  package func expanded(
    pid: Int32, environment: [String: String], exists: (String) -> Bool = { access($0, F_OK) == 0 }
  ) throws(OutputNameError) -> String {
    guard parts.contains(.number) else { return try text(pid: pid, environment: environment, number: 0) }
    for number in 1...99_999 {
      let name = try text(pid: pid, environment: environment, number: number)
      if !exists(name) { return name }
    }
    throw .noNewName(try text(pid: pid, environment: environment, number: 0))
  }

  private func text(pid: Int32, environment: [String: String], number: Int) throws(OutputNameError) -> String
  {
    var name = ""
    for part in parts {
      switch part {
      case .text(let text): name += text
      case .host: name += hostName()
      case .process: name += String(pid)
      case .number: name += String(number)
      case .rank:
        guard let rank = Self.rankVariables.lazy.compactMap({ environment[$0] }).first else { throw .noRank }
        name += rank
      case .variable(let variable):
        guard let value = environment[variable] else { throw .unsetVariable(variable) }
        name += value
      }
    }
    return name
  }
}

/// The name of this machine.
func hostName() -> String {
  var bytes = [CChar](repeating: 0, count: 256)
  guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
  return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
