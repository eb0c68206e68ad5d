/// Which calls a command shows: the filters of `dump`.

import ArgumentParser
import CutapeTrace
import Foundation

/// The options that choose calls; a call is shown when it passes all of them.
struct CallFilter: ParsableArguments {
  @Option(help: ArgumentHelp("Only calls with these numbers.", valueName: "1-9,12,20-"))
  var calls: NumberSet?

  @Option(help: "Only calls of this thread; may be repeated.")
  var thread: [Int] = []

  @Option(help: ArgumentHelp("Only calls on this stream.", valueName: "handle|legacy|per-thread"))
  var stream: StreamReference?

  @Option(
    help: ArgumentHelp("Only calls of functions like this; * stands for any text.", valueName: "pattern"))
  var api: [String] = []

  /// Whether the call passes; its text is not looked at.
  func accepts(_ event: Event, _ function: Function?) -> Bool {
    if let calls, !calls.contains(event.number) { return false }
    if !thread.isEmpty, !thread.contains(event.thread) { return false }
    if let stream, function.flatMap({ event.streamReference(of: $0) }) != stream { return false }
    guard !api.isEmpty else { return true }
    guard let function else { return false }
    return api.contains {
      fnmatch($0, function.name, 0) == 0 || fnmatch($0, function.name + event.variant.suffix, 0) == 0
    }
  }
}

extension Event {
  /// The stream that the call names or makes, or that it acts on without naming it.
  fileprivate func streamReference(of function: Function) -> StreamReference? {
    if let index = function.index(of: .stream), index < arguments.count {
      return StreamReference(handle: arguments[index], variant: variant)
    }
    if let index = function.index(of: .outStream), index < arguments.count {
      return .created(arguments[index])
    }
    return function.effect.isCopy || function.effect.isFill
      ? StreamReference(handle: 0, variant: variant) : nil
  }
}

extension StreamReference: ExpressibleByArgument {
  package init?(argument: String) {
    switch argument {
    case "legacy", "0": self = .legacy
    case "per-thread": self = .perThread
    default:
      let digits = argument.hasPrefix("0x") ? argument.dropFirst(2) : argument[...]
      guard let handle = UInt64(digits, radix: argument.hasPrefix("0x") ? 16 : 10) else { return nil }
      self = StreamReference(handle: handle, variant: .plain)
    }
  }
}

/// Numbers and ranges of numbers: `1-9,12,20-`.
struct NumberSet: ExpressibleByArgument {
  private var ranges: [ClosedRange<Int>] = []

  init?(argument: String) {
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = Int(ends[0]) else { return nil }
      let last = ends.count == 1 ? first : ends[1].isEmpty ? Int.max : Int(ends[1])
      guard let last, first >= 0, first <= last else { return nil }
      ranges.append(first...last)
    }
  }

  func contains(_ number: Int) -> Bool { ranges.contains { $0.contains(number) } }
}
