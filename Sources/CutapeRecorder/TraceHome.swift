/// Whose trace it is.
///
/// A trace is made before the program starts, and named as the program. It may be a shell or a launcher, which makes no
/// call of CUDA itself: then the first process that does becomes the trace's, by name, program and variables. The others
/// make traces of their own.

private import CutapeABI
internal import CutapeStore
private import CutapeWire

/// What a trace needs to become that of another process, before it has a call.
package struct TraceHome {
  /// The process of the program, and how it is called.
  let process: Int32
  let program: String
  /// The template of the user; nil for the standard name.
  let output: String?
  let overwrites: Bool
  let environment: [String: String]
  /// What the trace says of the program.
  let metadata: Metadata

  /// The trace of process `pid`, which says of itself that it is `owner`: `present`, or a new one in its place.
  func trace(of pid: Int32, _ owner: OwnerDescription?, instead present: TraceWriter) throws -> TraceWriter {
    var metadata = metadata
    if let owner { metadata.environment = ProgramEnvironment.kept(owner.replacing(in: environment)) }
    metadata.process = Int(pid)
    if pid != process, let owner {
      metadata.program = owner.program
      metadata.arguments = owner.arguments
      metadata.workingDirectory = owner.workingDirectory
    }
    if let name = try name(for: pid, owner, instead: present.path) {
      let new = try NewTrace.make(called: name, metadata: metadata, overwriting: overwrites)
      present.discard()
      return new
    }
    try present.setProgram(metadata)
    return present
  }

  /// The name that the trace is to have; nil when it has it.
  private func name(for pid: Int32, _ owner: OwnerDescription?, instead present: String) throws -> String? {
    guard pid != process else { return nil }
    let template = OutputName.template(output, program: owner?.program ?? program)
    let outputName = try OutputName(template)
    guard outputName.isPerProcess else { return nil }
    let name = try outputName.expanded(pid: pid, environment: environment)
    return name == present ? nil : name
  }
}

/// Traces whose names may be taken.
enum NewTrace {
  /// A trace called `name`, or with a number in it if there is one of that name: a process that has started another
  /// program in its place has used the name already, and nobody is there to be told.
  static func make(called name: String, metadata: Metadata, overwriting: Bool = false) throws -> TraceWriter {
    if overwriting { return try make(at: name, metadata, overwriting: true) }
    for number in 1...999 {
      do {
        return try make(at: number == 1 ? name : OutputName.inserting(".\(number)", into: name), metadata)
      } catch StoreError.exists {
        continue
      }
    }
    throw StoreError.exists(path: name)
  }

  private static func make(
    at path: String, _ metadata: Metadata, overwriting: Bool = false
  ) throws(StoreError) -> TraceWriter {
    try TraceWriter(
      creatingAt: path, metadata: metadata, functions: ApiTable.functions, overwriting: overwriting)
  }
}
