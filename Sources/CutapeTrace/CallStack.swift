/// Call stacks: where a call was made, who called the function that made it, and so on to the outermost frame.
///
/// Stacks share what they have in common: a stack is the number of its innermost frame, and each frame says which one
/// called it. Callers are numbered before what they call, so a way outwards ends whatever a trace says.

/// One frame, as stacks share it.
package struct StackFrame: Sendable, Hashable {
  /// Who called the function of the frame.
  package enum Caller: Sendable, Hashable {
    /// The frame with this number, which is lower than that of the frame itself.
    case frame(Int)
    /// Nobody: it is the outermost frame.
    case nobody
    /// There are more frames, which were not recorded: the stack was deeper than is kept, or could not be followed.
    case unknown
  }

  package var caller: Caller
  /// Where the function was: a key of ``Trace/sites``.
  package var site: Int

  package init(caller: Caller, site: Int) {
    self.caller = caller
    self.site = site
  }
}

/// The frames of one stack.
package struct CallStack: Sendable, Hashable {
  /// The places, keys of ``Trace/sites``: that of the call first, that of the outermost frame last.
  package var sites: [Int]
  /// Whether the last one is the outermost frame.
  package var isWhole: Bool

  package init(sites: [Int], isWhole: Bool) {
    self.sites = sites
    self.isWhole = isWhole
  }

  /// The places themselves, with those of inlined functions; nil for one that is not among `known`.
  package func places(in known: [Int: CallSite]) -> [CallSite?] {
    sites.flatMap { site -> [CallSite?] in known[site]?.frames ?? [nil] }
  }
}

/// All frames of a trace, by number from 1.
package struct StackTable: Sendable, Hashable {
  private var frames: [StackFrame]

  package init(_ frames: [StackFrame] = []) { self.frames = frames }

  package var isEmpty: Bool { frames.isEmpty }

  /// The stack with this number; nil for 0, and for one that the trace does not have.
  package subscript(number: Int) -> CallStack? {
    guard frames.indices.contains(number - 1) else { return nil }
    var stack = CallStack(sites: [], isWhole: false)
    var next = number
    while true {
      let frame = frames[next - 1]
      stack.sites.append(frame.site)
      guard case .frame(let caller) = frame.caller, caller > 0, caller < next else {
        stack.isWhole = frame.caller == .nobody
        return stack
      }
      next = caller
    }
  }
}
