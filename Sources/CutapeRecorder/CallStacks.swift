/// From the addresses that threads sent to the frames that a trace keeps.
///
/// A stack is known by a hash of its addresses. What the addresses mean changes when another object is loaded at their
/// place, so frames are numbered when a call needs them, and again after an object was reported.

internal import CutapeTrace
internal import CutapeWire

/// The call stacks of a recording.
struct CallStacks {
  private var sent: [UInt64: ShimFrames] = [:]
  private var numbers: [UInt64: Int] = [:]
  private var frames: [StackFrame: Int] = [:]

  /// Takes note of the addresses of a stack.
  mutating func add(_ frames: ShimFrames) { sent[frames.stack] = frames }

  /// Another object was loaded: addresses may mean something else from now on.
  mutating func forgetMeanings() { numbers = [:] }

  /// The number of the stack that is called `key`, and the frames that are new with it, which follow those before; nil
  /// when its addresses were not sent.
  mutating func number(
    of key: UInt64, in sites: inout CallSites, newSites: inout [(key: Int, site: CallSite)]
  ) -> (number: Int, new: [StackFrame])? {
    if let number = numbers[key] { return (number, []) }
    guard let stack = sent[key] else { return nil }
    var addresses = stack.addresses[...]
    // Where a walk could not go on may stand anything.
    if !stack.isWhole, addresses.count > 1, let last = addresses.last, !sites.covers(last) {
      addresses.removeLast()
    }
    var caller = stack.isWhole ? StackFrame.Caller.nobody : .unknown
    var new: [StackFrame] = []
    for address in addresses.reversed() {
      let (site, newSite) = sites.key(for: address)
      if let newSite { newSites.append((site, newSite)) }
      let frame = StackFrame(caller: caller, site: site)
      let number = frames[frame] ?? frames.count + 1
      if frames.updateValue(number, forKey: frame) == nil { new.append(frame) }
      caller = .frame(number)
    }
    guard case .frame(let number) = caller else { return nil }
    numbers[key] = number
    return (number, new)
  }
}
