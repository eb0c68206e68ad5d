import CutapeRules
import CutapeTrace

// Call stacks as findings show them: what the program did between its main function and the call.

extension ReportContext {
  /// The most frames that are shown of a stack.
  private static let mostFrames = 12

  /// The places of the frames, the call first, that say more than the place of the call alone; empty when there are none.
  func frames(of call: Finding.Call) -> [String] {
    guard let stack = stacks[call.stack] else { return [] }
    var frames = places(of: stack)
    let all = frames.count
    if let main = frames.firstIndex(where: { $0?.function == "main" }) {
      frames.removeSubrange((main + 1)...)
    } else if stack.isWhole {
      // What started the thread says nothing of the program.
      while frames.count > 1, let last = frames.last, last?.startsThreads == true { frames.removeLast() }
    }
    guard frames.count > 1 else { return [] }
    var lines = frames.prefix(Self.mostFrames).map { $0.map { printable($0.description) } ?? "?" }
    if frames.count > Self.mostFrames {
      lines.append("and \(frames.count - Self.mostFrames) more")
    }
    if !stack.isWhole, frames.count == all { lines.append("what called that is not known") }
    return lines
  }

  /// The places of a stack, the call first, inlined functions included.
  func places(of stack: CallStack) -> [CallSite?] { stack.places(in: sites) }

  /// All frames of the stack of a call; nil when it was not recorded.
  func stack(of call: Finding.Call) -> Json? {
    stacks[call.stack].map { stack in .array(places(of: stack).map { $0?.json ?? .null }) }
  }
}

extension CallSite {
  /// The place as an object.
  package var json: Json {
    .object([
      ("file", file.map(Json.string) ?? .null), ("line", line.map { .number(Int64($0)) } ?? .null),
      ("function", function.map(Json.string) ?? .null), ("module", .string(module)),
      ("offset", .number(Int64(clamping: offset))),
    ])
  }

  /// Whether it is in a library whose outermost frames are those of any program.
  fileprivate var startsThreads: Bool {
    let name = module.split(separator: "/").last ?? ""
    return ["libc.so", "libpthread.so", "libstdc++.so", "libc++.so", "ld-linux"].contains {
      name.hasPrefix($0)
    }
  }
}
